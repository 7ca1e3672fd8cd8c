import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMap, isSeq, parseDocument } from 'yaml'
import type { YAMLMap, YAMLSeq } from 'yaml'
import { packageFolder } from '../../src/config.ts'
import type { GuestbookFacts } from '../../testbed/guestbook.ts'
import type { Stage } from '../../testbed/run-stage.ts'

const FOLDER = packageFolder('plans', 'guestbook-restore')

/** Returns the inputs of the shipped plan for a test host; writes the secrets file. */
export async function guestbookInputs(stage: Stage, facts: GuestbookFacts): Promise<Record<string, string>> {
  await writeFile(join(stage.folder, 'guestbook.env'), `GUESTBOOK_PASSWORD=${facts.password}\n`, { mode: 0o600 })
  return {
    expected: `"sum": "${facts.sum}"`,
    database_image: 'testbed/postgres:17',
    app_image: 'testbed/guestbook:1',
    web_image: 'testbed/nginx:1',
  }
}

/** The ids of the shipped plan's steps, in order. */
export async function guestbookSteps(): Promise<string[]> {
  const document = parseDocument(await readFile(join(FOLDER, 'plan.yaml'), 'utf8'))
  return stepLists(document.get('phases')).flatMap((steps) =>
    steps.items.map((step) => String((step as YAMLMap).get('step'))),
  )
}

/** The shipped plan without its gate, in which a step that fails stands behind `step`; then all is rolled back, unless people are asked. */
export async function failingAfter(
  stage: Stage,
  step: string,
  onFailure: 'ask' | 'rollback' = 'rollback',
): Promise<string> {
  const document = parseDocument(await readFile(join(FOLDER, 'plan.yaml'), 'utf8'))
  const phases = document.get('phases') as YAMLSeq<YAMLMap>
  for (const phase of phases.items) {
    phase.delete('gate')
    phase.set('onFailure', onFailure)
  }
  for (const steps of stepLists(phases)) {
    const index = steps.items.findIndex((item) => isMap(item) && item.get('step') === step)
    if (index < 0) continue
    const breaks = {
      step: 'breaks',
      kind: 'command',
      script: 'exit 1',
      cannotUndo: 'it does nothing',
      noProof: 'it fails',
    }
    steps.items.splice(index + 1, 0, document.createNode(breaks))
  }
  const files = ['stack.compose.yaml', 'web.compose.yaml']
  const texts = files.map(async (name) => [name, await readFile(join(FOLDER, name), 'utf8')])
  const beside = Object.fromEntries(await Promise.all(texts)) as Record<string, string>
  return await stage.plan(`guestbook-after-${step}`, document.toString(), beside)
}

function stepLists(phases: unknown): YAMLSeq[] {
  if (!isSeq(phases)) throw new TypeError('the plan has no list of phases')
  return phases.items.map((phase) => (phase as YAMLMap).get('steps') as YAMLSeq)
}
