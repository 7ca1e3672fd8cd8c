import { join } from 'node:path'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { execa } from 'execa'
import type { Stage } from '../../testbed/run-stage.ts'
import { temporalProgram } from '../../testbed/temporal-program.ts'
import { openBrowser } from '../e2e/browser.ts'

/** Everything that a person can see of a run, as data and as text. */
export interface Surfaces {
  readonly run: string
  /** The run's workflow, then its phases and rollbacks, oldest first. */
  readonly pages: readonly Page[]
  /** The list of all runs. */
  readonly list: Said
  readonly status: Said
  readonly show: Said
  readonly logs: Said
  readonly report: Said
}

/** The page of one workflow in the Temporal UI. */
export interface Page {
  readonly id: string
  /** `RUNNING`, `TERMINATED` …: the state that Temporal gives it. */
  readonly execution: string
  /** The search attribute ReinstateState, by which lists are filtered. */
  readonly state: string | undefined
  readonly memo: Readonly<Record<string, unknown>>
  /** Its current details in Markdown. Empty where no worker answers. */
  readonly details: string
  /** What `temporal workflow metadata` and `describe` print, with pending activities. */
  readonly metadata: string
  readonly description: string
}

/** What a command printed. */
export interface Said {
  readonly exitCode: number
  /** Both outputs. */
  readonly text: string
  /** The output with `--json`, parsed; undefined where the command has no such output. */
  readonly json: unknown
}

/** One of the situations in which somebody on call meets a run. */
export interface Situation {
  readonly number: number
  readonly name: string
  readonly run: string
  /** What really happened, for the judge of the pages. Its reader does not get it. */
  readonly truth: string
}

/** Reads a run's surfaces; with REINSTATE_SAVE_SITUATIONS=FOLDER, also writes them there, for people to judge. */
export async function readSituation(stage: Stage, situation: Situation): Promise<Surfaces> {
  const surfaces = await readSurfaces(stage, situation.run)
  const folder = process.env['REINSTATE_SAVE_SITUATIONS']
  if (folder !== undefined) {
    const into = await save(folder, situation, surfaces)
    await keepScreenshot(stage, situation.run, into)
  }
  return surfaces
}

/** @throws where Temporal does not answer; a command that fails is a surface like any other */
export async function readSurfaces(stage: Stage, run: string): Promise<Surfaces> {
  const reinstate = async (...words: readonly string[]): Promise<Said> => {
    const [plain, forScripts] = await Promise.all([stage.cli(...words), stage.cli(...words, '--json')])
    const { exitCode, stdout, stderr } = plain
    return { exitCode, text: [stdout, stderr].filter(Boolean).join('\n'), json: parsed(forScripts.stdout) }
  }
  const pages = await readPages(stage, run)
  // Two processes at a time: more of them on two cores would not get an answer in the time that a command waits for one.
  const list = await reinstate('status')
  const status = await reinstate('status', run)
  const show = await reinstate('show', run)
  const logs = await reinstate('logs', run)
  const report = await reinstate('report', run)
  return { run, pages, list, status, show, logs, report }
}

async function readPages(stage: Stage, run: string): Promise<Page[]> {
  const temporal = await temporalOf(stage)
  const query = `WorkflowId = "${run}" OR WorkflowId STARTS_WITH "${run}/"`
  // The list follows a little after the histories; the page of a workflow does not.
  const ids = new Set([run])
  for await (const { workflowId } of stage.client.workflow.list({ query })) ids.add(workflowId)
  const pages: Page[] = []
  for (const id of [...ids].sort()) {
    const [description, metadata, details, info] = await Promise.all([
      temporal('describe', id),
      temporal('metadata', id),
      detailsOf(stage, id),
      stage.client.workflow.getHandle(id).describe(),
    ])
    pages.push({
      id,
      execution: info.status.name,
      state: (info.searchAttributes['ReinstateState'] as readonly string[] | undefined)?.[0],
      memo: info.memo ?? {},
      details,
      metadata,
      description,
    })
  }
  return pages
}

/** Temporal's own command line, without anything of ours: `temporal workflow WORD --workflow-id ID`. Returns both outputs. */
async function temporalOf({ environment }: Stage) {
  const { TEMPORAL_ADDRESS: address = '', REINSTATE_HOME: home = '' } = environment
  const program = await temporalProgram()
  return async (word: string, id: string, ...more: readonly string[]): Promise<string> => {
    const words = ['workflow', word, '--workflow-id', id, '--address', address, ...more]
    const { stdout, stderr } = await execa(program, words, {
      env: { HOME: join(home, 'nobody') },
      reject: false,
      timeout: 20_000,
    })
    return [stdout, stderr].filter(Boolean).join('\n')
  }
}

/** The query that the Temporal UI sends for the current details of a page. */
async function detailsOf({ client }: Stage, id: string): Promise<string> {
  try {
    const { currentDetails = '' } = await client.withDeadline(Date.now() + 8000, () =>
      client.workflow.getHandle(id).query<{ readonly currentDetails?: string }>(METADATA),
    )
    return currentDetails
  } catch {
    // No worker answers.
    return ''
  }
}

const METADATA = '__temporal_workflow_metadata'

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The page of a run's own workflow, or of one that belongs to it: `work`, `rollback`. @throws where there is none */
export function pageOf({ run, pages }: Surfaces, part?: string): Page {
  const id = part === undefined ? run : `${run}/${part}`
  const page = pages.find((one) => one.id === id)
  if (!page) throw new Error(`${run} has no page ${id}; it has ${pages.map((one) => one.id).join(', ')}`)
  return page
}

/** Writes each surface as a file of its own into `FOLDER/NN-name/`, and the truth beside it. Returns that folder. */
async function save(folder: string, { number, name, truth }: Situation, surfaces: Surfaces): Promise<string> {
  const title = `${String(number).padStart(2, '0')}-${name}`
  const into = join(folder, title)
  await rm(into, { recursive: true, force: true })
  await mkdir(join(into, 'json'), { recursive: true })
  const { pages, run, ...commands } = surfaces
  const files: Record<string, string> = {}
  for (const { id, execution, state, memo, details, metadata, description } of pages) {
    const file = `page-${id.replaceAll('/', '-')}`
    const head = `workflow ${id}: ${execution}${state === undefined ? '' : `, ReinstateState ${state}`}`
    files[`${file}.md`] = `${head}\n\n${details || '(no current details: no worker answers)'}\n`
    files[`json/${file}.metadata.txt`] = metadata
    files[`json/${file}.describe.txt`] = description
    files[`json/${file}.memo.json`] = JSON.stringify(memo, null, 2)
  }
  for (const [command, { exitCode, text, json }] of Object.entries(commands)) {
    const words = command === 'list' ? 'status' : `${command} ${run}`
    files[`${command}.${command === 'report' ? 'md' : 'txt'}`] =
      `$ reinstate ${words}\n${text}\n(exit code ${exitCode})\n`
    files[`json/${command}.json`] = JSON.stringify(json ?? null, null, 2)
  }
  for (const [file, text] of Object.entries(files)) await writeFile(join(into, file), text)
  await writeFile(join(folder, `${title}.truth.txt`), `${truth}\n`)
  return into
}

/** Keeps the run's page as a person sees it in the Temporal UI, with its current details. */
async function keepScreenshot({ ui }: Stage, run: string, into: string): Promise<void> {
  const browser = await openBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
    await page.goto(`${ui}/namespaces/default/workflows/${encodeURIComponent(run)}`)
    await page.getByText('User Metadata').first().click()
    // The UI draws current details in a frame of their own. Without a worker there are none.
    await page
      .frameLocator('iframe')
      .last()
      .locator('p')
      .first()
      .waitFor({ timeout: 15_000 })
      .catch(() => undefined)
    await page.screenshot({ path: join(into, 'browser.png') })
    // What the UI has without a worker.
    await page.getByText('Memo', { exact: true }).first().click()
    await page.getByText('token').first().waitFor({ timeout: 15_000 })
    await page.screenshot({ path: join(into, 'memo.png') })
  } finally {
    await browser.close()
  }
}
