import { join } from 'node:path'
import { execa } from 'execa'
import type { Stage } from '../../testbed/run-stage.ts'
import { temporalProgram } from '../../testbed/temporal-program.ts'

/** What a workflow's current details say, taken apart as a person would: nothing of it comes from our own code. */
export interface Shown {
  readonly text: string
  /** After "Decide:". */
  readonly question: string
  readonly since: Date
  /** What each choice does, and the JSON to paste for it. */
  readonly does: Readonly<Record<string, string>>
  readonly answers: Readonly<Record<string, string>>
}

/** Temporal's own command line, as someone has it who has never heard of us. */
export interface TemporalCli {
  /** Ids of the runs that wait for people. */
  readonly waiting: () => Promise<string>
  readonly shown: (workflow: string) => Promise<Shown>
  readonly history: (workflow: string) => Promise<string>
  readonly status: (workflow: string) => Promise<string>
  /** How it ended, in its own words. */
  readonly result: (workflow: string) => Promise<string>
  /** Waits for its end, however it is. */
  readonly ended: (workflow: string) => Promise<void>
  /** @throws with what the command said where the answer was not taken */
  readonly update: (workflow: string, answer: string | undefined) => Promise<void>
  readonly signal: (workflow: string, answer: string | undefined) => Promise<void>
}

/** Who answers. */
export const ON_CALL = 'someone on call'

const WAITING = 'ReinstateState STARTS_WITH "waiting" AND ExecutionStatus="Running"'

export async function temporalCli({ environment }: Stage): Promise<TemporalCli> {
  const { TEMPORAL_ADDRESS: address = '', REINSTATE_HOME: home = '' } = environment
  const program = await temporalProgram()
  const run = async (...words: readonly string[]) =>
    (
      await execa(program, ['workflow', ...words, '--address', address], {
        env: { HOME: join(home, 'nobody') },
      })
    ).stdout
  const described = async (workflow: string) =>
    JSON.parse(await run('describe', '--workflow-id', workflow, '--output', 'json')) as {
      readonly workflowExecutionInfo: { readonly status: string }
    }
  const result = async (workflow: string) => {
    const { stdout, stderr } = await execa(
      program,
      ['workflow', 'result', '--workflow-id', workflow, '--address', address],
      { reject: false },
    )
    return `${stdout}\n${stderr}`
  }
  const answer = ['--name', 'decide', '--input']

  return {
    waiting: () => run('list', '--query', WAITING),
    shown: async (workflow) => takeApart(await run('metadata', '--workflow-id', workflow)),
    history: (workflow) => run('show', '--workflow-id', workflow, '--output', 'json').then(withPayloads),
    status: async (workflow) =>
      (await described(workflow)).workflowExecutionInfo.status.replace('WORKFLOW_EXECUTION_STATUS_', ''),
    result,
    ended: async (workflow) => void (await result(workflow)),
    update: async (workflow, json = '') =>
      void (await run('update', 'execute', '--workflow-id', workflow, ...answer, json)),
    signal: async (workflow, json = '') =>
      void (await run('signal', '--workflow-id', workflow, ...answer, json)),
  }
}

function takeApart(text: string): Shown {
  const [, question = ''] = /Decide: (.*)/.exec(text) ?? []
  const [, since = ''] = /Waits since \W*(\d{4}-\d\d-\d\d \d\d:\d\d) UTC/.exec(text) ?? []
  const does: Record<string, string> = {}
  const answers: Record<string, string> = {}
  for (const [, choice = '', effect = '', json = ''] of text.matchAll(
    /^ *\*\*([a-z-]+)\*\*(?: \(recommended\))?: (.*)\n\s*```json\n([\s\S]*?)```/gm,
  )) {
    does[choice] = effect
    answers[choice] = json.replace('YOUR NAME', ON_CALL)
  }
  return { text, question, since: new Date(`${since.replace(' ', 'T')}Z`), does, answers }
}

/** Summaries of timers and activities are payloads: base64 in what the command prints. */
function withPayloads(json: string): string {
  return json.replaceAll(/"data": *"([A-Za-z0-9+/=]+)"/g, (_, data: string) =>
    Buffer.from(data, 'base64').toString('utf8'),
  )
}
