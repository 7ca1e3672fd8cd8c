import { expect } from 'vitest'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { meaningOf } from '../../src/workflows/run-states.ts'
import type { RunState } from '../../src/workflows/run-states.ts'
import type { Choice, QuestionsMemo } from '../../src/workflows/status.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { pageOf } from './surfaces.ts'
import type { Page, Surfaces } from './surfaces.ts'

/** What every surface of a run must say of it. */
export interface Expected {
  readonly state: RunState
  /** The state on the run's own page, where something happened to the run that its workflow could not write there. */
  readonly onPage?: RunState
  /** The open decision, answered on the run's own page; absent where nothing is asked. */
  readonly decision?: string
  /** The answer that the page recommends; absent where only people can find out which is right. */
  readonly recommended?: Choice
  /** Whether visitors are without an answer. */
  readonly isDown?: boolean
}

/** The Temporal UI shows current details in a pane of some 60 columns: about this much without scrolling. */
const ONE_SCREEN_CHARACTERS = 1000

/** Asserts that all surfaces agree on the state, the open decision, and the answer to prefer. */
export function expectAgreement(surfaces: Surfaces, expected: Expected): void {
  const { run, list, status, show, logs, report } = surfaces
  const { state, onPage = state, decision, recommended, isDown } = expected
  const page = pageOf(surfaces)
  const { exit } = meaningOf(state)
  const code = exit === 'refusal' ? exitCodes.failed : exitCodes[exit]

  expect(statesOn(surfaces)).toEqual({
    ...{ page: onPage, attribute: onPage, list: state, 'list --json': state },
    ...{
      status: state,
      'status --json': state,
      show: state,
      'show --json': state,
      logs: state,
      report: state,
    },
  })
  expect({ status: status.exitCode, show: show.exitCode }).toEqual({ status: code, show: code })
  expect([list.exitCode, logs.exitCode, report.exitCode]).toEqual([0, 0, 0])

  const asked = answersOn(page)
  expect([...new Set(asked.map((answer) => answer.decision))]).toEqual(
    decision === undefined ? [] : [decision],
  )
  expect(openIn(page.memo).map((one) => one.decision)).toEqual(decision === undefined ? [] : [decision])
  for (const said of [status.text, show.text])
    expect(commandsIn(said, run)).toEqual(asked.map(({ choice }) => `${decision} ${choice}`))
  if (decision !== undefined) {
    expect(page.details.indexOf('```json')).toBeLessThan(ONE_SCREEN_CHARACTERS)
    expect(openIn(page.memo)[0]?.advice.choice).toBe(recommended)
    expect(recommendedOn(page)).toEqual(recommended === undefined ? [] : [recommended])
    if (recommended !== undefined) expect(asked[0]?.choice).toBe(recommended)
  }
  if (isDown !== undefined)
    for (const text of [page.details, status.text, show.text]) expect(/\bDOWN\b/.test(text)).toBe(isDown)
}

/** The state that each surface names. */
function statesOn(surfaces: Surfaces): Readonly<Record<string, string | undefined>> {
  const { run, list, status, show, logs, report } = surfaces
  const page = pageOf(surfaces)
  const [, shown] = /\*\*: \*\*([a-z-]+)\*\*[ .]/.exec(page.details) ?? []
  const [, row] = new RegExp(`^${run} +([a-z-]+)`, 'm').exec(list.text) ?? []
  const listed = (list.json as readonly { readonly run: string; readonly state: string }[] | undefined) ?? []
  const first = (text: string, pattern: RegExp) => pattern.exec(text.split('\n')[0] ?? '')?.[1]
  return {
    ...{ page: shown, attribute: page.state },
    ...{ list: row, 'list --json': listed.find((one) => one.run === run)?.state },
    ...{
      status: first(status.text, new RegExp(`^${run}  ([a-z-]+)`)),
      'status --json': stateIn(status.json),
    },
    show: stateShown(show.text, run),
    'show --json': stateIn(show.json),
    logs: lastMatch(logs.text, new RegExp(`${run} is ([a-z-]+):`, 'g')),
    report: first(report.text, /: ([a-z-]+)/),
  }
}

function stateIn(json: unknown): string | undefined {
  return (json as { readonly state?: string } | undefined)?.state
}

/** `state    running since …` of an open run; `RUN stopped in …` of a closed one. */
function stateShown(text: string, run: string): string | undefined {
  const [, open] = /^state +([a-z-]+) since/m.exec(text) ?? []
  const [, closed] = new RegExp(`^${run} ([A-Za-z-]+)`, 'm').exec(text) ?? []
  return open ?? closed?.toLowerCase()
}

function lastMatch(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)].at(-1)?.[1]
}

interface Answer {
  readonly decision: string
  readonly choice: string
  readonly by: string
  readonly digest?: string
}

/** The answers that a page offers, in its order, as JSON to paste. @throws where one is no JSON */
export function answersOn({ details }: Page): readonly Answer[] {
  const blocks = [...details.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
    ([, json = '']) => JSON.parse(json) as Partial<Answer>,
  )
  // The input for a rollback is no answer.
  return blocks.filter((block): block is Answer => block.decision !== undefined)
}

function recommendedOn({ details }: Page): readonly string[] {
  return [...details.matchAll(/^\*\*([a-z-]+)\*\* \(recommended\)/gm)].map(([, choice = '']) => choice)
}

/** The questions in a memo, which people read without a worker. */
export function openIn(memo: Page['memo']): QuestionsMemo['decisions'] {
  return (memo as Partial<QuestionsMemo>).decisions ?? []
}

/** The answers that a command prints to type: `gate/cutover approve`. */
function commandsIn(text: string, run: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^ *reinstate decide ${run} (\\S+ \\S+)`, 'gm'))].map(
    ([, words = '']) => words,
  )
}

/** Sends the JSON that a page shows for a choice, as somebody pastes it into the Temporal UI. @throws where it is not taken */
export async function paste(stage: Stage, page: Page, choice: Choice, by = 'on call'): Promise<void> {
  const answer = answersOn(page).find((one) => one.choice === choice)
  if (!answer) throw new Error(`${page.id} shows no ${choice}`)
  await stage.client.workflow.getHandle(page.id).executeUpdate('decide', { args: [{ ...answer, by }] })
}
