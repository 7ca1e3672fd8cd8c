import { readFile, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { Stage } from '../testbed/run-stage.ts'
import { searchFor, unpacked } from '../testbed/secrets-in.ts'
import type { Secrets } from '../testbed/secrets-in.ts'
import { typed } from './typed.ts'

/** The secrets by name, and those that nobody else on this machine has. */
export interface Wanted {
  readonly secrets: Secrets
  readonly canary: string
}

/**
 * Searches the places where no secret may be after a run. Returns each finding, such as "SMTP_PASSWORD in
 * JSON: in home/worker.log". Places: Temporal's database and its log, every decoded history, the logs, the output of the
 * CLI, and the receipts and logs of the test host and of this machine.
 */
export async function searchEverywhere(
  stage: Stage,
  run: string,
  { secrets, canary }: Wanted,
): Promise<readonly string[]> {
  const found = new Set<string>()
  const seen = searchFor(secrets, canary)
  let searched = 0
  const search = (place: string, bytes: Buffer) => {
    searched += bytes.length
    for (const one of seen(bytes)) found.add(`${one}: in ${place}`)
  }
  for await (const { workflowId, runId } of stage.client.workflow.list()) {
    const history = historyToJSON(await stage.client.workflow.getHandle(workflowId, runId).fetchHistory())
    const texts = [...unpacked(JSON.parse(history))].flatMap((text) => [text, LINE_END])
    search(`history of ${workflowId}`, Buffer.concat(texts))
  }
  for (const words of PRINTED) {
    const printed = await typed(stage, words(run, stage))
    search(`reinstate ${words(run, stage).join(' ')}`, Buffer.from(printed))
  }
  for (const folder of ['home', 'local'])
    for (const [name, bytes] of await filesBelow(join(stage.folder, folder)))
      search(`${folder}/${name}`, bytes)
  for (const [name, bytes] of await onTestHost(stage)) search(`${name} of the server`, bytes)
  if (searched < LEAST) throw new Error(`only ${searched} bytes were searched: some places have moved`)
  return [...found, ...(await openOriginals(stage))]
}

/** A separator, so that two texts never form a secret. */
const LINE_END = Buffer.from('\n')

/** The minimum: a run's history alone is larger. */
const LEAST = 1_000_000

const PRINTED: readonly ((run: string, stage: Stage) => readonly string[])[] = [
  () => ['status'],
  (run) => ['status', run, '--json'],
  (run) => ['show', run],
  (run) => ['show', run, '--json'],
  (run) => ['logs', run],
  // Into a folder that is searched.
  (run, { folder }) => ['report', run, '--out', join(folder, 'home', 'report')],
]

async function filesBelow(folder: string): Promise<readonly (readonly [string, Buffer])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return await Promise.all(files.map(async (file) => [relative(folder, file), await readFile(file)] as const))
}

const SEARCHED = ['/var/lib/reinstate', '/var/log', '/tmp', '/var/tmp']
/** The saved originals of a run, including env files: their mode is checked instead. */
const ORIGINALS = '/var/lib/reinstate/originals'

async function onTestHost({ testHost }: Stage): Promise<readonly (readonly [string, Buffer])[]> {
  // In base64, because the answer is text.
  const script = `
for folder in $FOLDERS; do find "$folder" -path "$ORIGINALS" -prune -o -type f -print; done 2>/dev/null | while read -r file; do
  printf '%s\\t' "$file"; base64 -w 0 <"$file" 2>/dev/null; echo
done`
  const listed = await testHost.must(script, { env: { FOLDERS: SEARCHED.join(' '), ORIGINALS } })
  return listed.split('\n').map((line) => {
    const [name = '', base64 = ''] = line.split('\t')
    return [name, Buffer.from(base64, 'base64')] as const
  })
}

async function openOriginals({ testHost }: Stage): Promise<readonly string[]> {
  const mode = await testHost.must('[ ! -e "$ORIGINALS" ] || stat -c %a:%U "$ORIGINALS"', {
    env: { ORIGINALS },
  })
  return mode === '' || mode === '700:root'
    ? []
    : [`${ORIGINALS} of the server can be read by others: ${mode}`]
}
