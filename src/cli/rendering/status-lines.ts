import type { RunState } from '../../workflows/status.ts'
import { openDecisions, stateOf } from '../story.ts'
import type { Story } from '../story.ts'
import { columns, firstLine } from './columns.ts'
import { decisionCommands, decisionLines } from './decision-lines.ts'
import { liveLines } from './live-view.ts'
import { nextCommands, outcomeLines } from './report.ts'
import { dateAndClock } from './time.ts'

/** A run as the list of Temporal knows it, without asking its workflow. */
export interface ListedRun {
  readonly run: string
  readonly state: RunState | 'terminated' | 'cancelled'
  readonly plan: string
  readonly hosts: readonly string[]
  readonly startedAt: string
  readonly endedAt?: string
}

/** All runs: those that wait for people first, then those that run, then the newest. */
export function runListLines(runs: readonly ListedRun[]): string[] {
  if (runs.length === 0) return ['no runs yet', '  next: reinstate run PLAN']
  const rows = [...runs]
    .sort((one, other) => urgency(one) - urgency(other) || (one.startedAt < other.startedAt ? 1 : -1))
    .map(({ run, state, plan, hosts, startedAt }) => [
      run,
      state,
      plan,
      hosts.join(' '),
      dateAndClock(startedAt),
    ])
  return columns([['RUN', 'STATE', 'PLAN', 'HOSTS', 'STARTED'], ...rows])
}

interface Around {
  readonly now: Date
  /** The address of the run in the Temporal UI. */
  readonly page: string
}

/** One run in full: where it is, since when, what it waits for, what each answer does, and the commands to type. */
export function statusLines(story: Story, around: Around): string[] {
  const over = story.endedAt !== undefined
  const show =
    over && stateOf(story) === 'done' ? nextCommands(story).map((command) => `  next: ${command}`) : []
  return [
    ...liveLines(story, around.now),
    '',
    ...factLines(story, around),
    ...openDecisionLines(story, around),
    ...(over ? ['', ...outcomeLines(story), ...show] : []),
  ]
}

/** Plan, hosts, times, what it waits for, and where to look. */
export function factLines(story: Story, { page }: Around): string[] {
  const { status, startedAt, endedAt } = story
  const [decision] = openDecisions(story)
  const since = dateAndClock(decision?.decision.since ?? status.since)
  const ignored = status.answers.filter(({ taken }) => !taken).slice(-5)
  return [
    `plan     ${status.plan}: ${status.title}`,
    `hosts    ${status.hosts.join(', ') || 'not known yet'}`,
    `started  ${dateAndClock(startedAt)}`,
    endedAt === undefined ? `state    ${stateOf(story)} since ${since}` : `ended    ${dateAndClock(endedAt)}`,
    ...(status.waitsFor !== undefined && endedAt === undefined
      ? [`waits    ${firstLine(status.waitsFor)}`]
      : []),
    `page     ${page}`,
    ...ignored.map(
      ({ at, via, why }) => `ignored  a ${via} at ${dateAndClock(at)}: ${why ?? 'it did not fit'}`,
    ),
  ]
}

/** Each open decision with what its answers do and what to type for them. */
export function openDecisionLines(story: Story, { now }: Pick<Around, 'now'>): string[] {
  return openDecisions(story).flatMap(({ decision }) => [
    '',
    ...decisionLines(decision, now),
    '',
    ...decisionCommands(story.status.run, decision).map((command) => `  ${command}`),
  ])
}

function urgency({ state, endedAt }: ListedRun): number {
  if (endedAt !== undefined) return 2
  return state === 'waiting-for-decision' ? 0 : 1
}
