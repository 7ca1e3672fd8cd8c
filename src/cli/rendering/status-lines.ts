import type { RecordedAnswer, RunState } from '../../workflows/status.ts'
import { answerIn, openDecisions, stateOf } from '../run/snapshot.ts'
import type { PhaseSnapshot, RunSnapshot, StepSnapshot } from '../run/snapshot.ts'
import { columns, firstLine } from './columns.ts'
import { decisionCommands, decisionLines } from './decision-lines.ts'
import { progressText } from './progress.ts'
import { nextCommands, outcomeLines, phaseLines } from './outcome-lines.ts'
import { between, dateAndClock } from './time.ts'

/** A run in Temporal's list, without a query to its workflow. */
export interface ListedRun {
  readonly run: string
  readonly state: RunState | 'terminated' | 'cancelled'
  readonly plan: string
  readonly hosts: readonly string[]
  readonly startedAt: string
  readonly endedAt?: string
}

/** All runs: waiting ones first, then running ones, then closed ones, newest first. */
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

interface StatusContext {
  readonly now: Date
  /** The address of the run in the Temporal UI. */
  readonly page: string
}

/** One run: state, since when, what it waits for, what each answer does, and the commands to type. */
export function statusLines(snapshot: RunSnapshot, around: StatusContext): string[] {
  const over = snapshot.endedAt !== undefined
  const show =
    over && stateOf(snapshot) === 'done' ? nextCommands(snapshot).map((command) => `  next: ${command}`) : []
  return [
    ...liveLines(snapshot, around.now),
    '',
    ...factLines(snapshot, around),
    ...openDecisionLines(snapshot, around),
    ...(over ? ['', ...outcomeLines(snapshot), ...show] : []),
  ]
}

/** Plan, hosts, times, what it waits for, and its page. */
export function factLines(snapshot: RunSnapshot, { page }: StatusContext): string[] {
  const { status, startedAt, endedAt } = snapshot
  const [decision] = openDecisions(snapshot)
  const since = dateAndClock(decision?.decision.since ?? status.since)
  const ignored = status.answers.filter(({ taken }) => !taken).slice(-5)
  const { ignoredMore = 0 } = status
  return [
    `plan     ${status.plan}: ${status.title}`,
    `hosts    ${status.hosts.join(', ') || 'not known yet'}`,
    `started  ${dateAndClock(startedAt)}`,
    endedAt === undefined
      ? `state    ${stateOf(snapshot)} since ${since}`
      : `ended    ${dateAndClock(endedAt)}`,
    ...(status.waitsFor !== undefined && endedAt === undefined
      ? [`waits    ${firstLine(status.waitsFor)}`]
      : []),
    `page     ${page}`,
    ...ignored.map(({ at, via, why }) => `ignored  a ${via} at ${dateAndClock(at)}: ${why ?? 'no match'}`),
    ...(ignoredMore > 0 ? [`ignored  ${ignoredMore} more`] : []),
  ]
}

/** The open decisions, what each answer does, and the commands to type. */
export function openDecisionLines(snapshot: RunSnapshot, { now }: Pick<StatusContext, 'now'>): string[] {
  return openDecisions(snapshot).flatMap(({ decision }) => [
    '',
    ...decisionLines(decision, now),
    '',
    ...decisionCommands(snapshot.status.run, decision).map((command) => `  ${command}`),
  ])
}

function urgency({ state, endedAt }: ListedRun): number {
  if (endedAt !== undefined) return 2
  return state === 'waiting-for-decision' ? 0 : 1
}

/** A run in full: phases, steps, evidence, decisions, current state. */
export function showLines(
  snapshot: RunSnapshot,
  around: { readonly now: Date; readonly page: string },
): string[] {
  const answers = [...snapshot.status.answers, ...snapshot.rollbacks.flatMap(({ status }) => status.answers)]
  return [
    ...snapshot.phases.flatMap(phaseLines),
    ...snapshot.rollbacks.flatMap(({ workflowId, status, undone }) => [
      `rollback ${workflowId}: ${status.state}`,
      ...(undone.length > 0 ? [`  undone: ${undone.join(', ')}`] : []),
      '',
    ]),
    ...(answers.length > 0 ? ['decisions', ...answers.map((answer) => `  ${answerLine(answer)}`), ''] : []),
    ...factLines(snapshot, around),
    ...openDecisionLines(snapshot, around),
    ...(snapshot.endedAt === undefined ? [] : ['', ...outcomeLines(snapshot)]),
  ]
}

/** `2026-11-21 10:02:11 gate/cutover: approve, by dana (update)`. */
export function answerLine({ at, via, answer, taken, why }: RecordedAnswer): string {
  const { decision, choice, by, reason } = answerIn(answer)
  if (!taken || decision === undefined) {
    return `${dateAndClock(at)} ignored: a ${via}: ${why ?? 'no match'}`
  }
  const said = reason === undefined ? '' : `: ${reason}`
  return `${dateAndClock(at)} ${decision}: ${choice}, by ${by} (${via})${said}`
}

const WORKING = ['inspecting', 'applying', 'running', 'verifying']

/** The current state of a run: one line per phase, and one per working or failed step of an open phase. */
export function liveLines(snapshot: RunSnapshot, now: Date): string[] {
  const { status, startedAt, endedAt, phases, rollbacks } = snapshot
  const decisions = openDecisions(snapshot).map(({ decision }) => `  waits for a decision: ${decision.title}`)
  const waitsFor = decisions.length === 0 && status.waitsFor ? `: ${firstLine(status.waitsFor)}` : ''
  return [
    `${status.run}  ${stateOf(snapshot)}${waitsFor}  ${between(startedAt, endedAt ?? now)}`,
    ...columns(
      phases.flatMap((phase) => phaseRows(phase, now)),
      '  ',
    ),
    ...rollbacks
      .slice(-1)
      .flatMap(({ status: undoing }) => [
        `  rolling back: ${undoing.phases.filter(({ state }) => state === 'undone').length} of ${undoing.phases.length} phases undone`,
        ...undoing.leftovers.map(({ what, why }) => `    left behind: ${what}: ${why}`),
      ]),
    ...decisions,
  ]
}

function phaseRows(phase: PhaseSnapshot, now: Date): string[][] {
  const { state, steps, startedAt, endedAt } = phase
  const past = steps.filter(({ state: of }) => of === 'done' || of === 'skipped').length
  const time = startedAt === undefined ? '' : between(startedAt, endedAt ?? now)
  const own = [state, phase.phase, `${past} of ${steps.length} steps`, time]
  if (state !== 'running' && state !== 'failed') return [own]
  return [own, ...steps.filter(isWorthALine).map((step) => stepRow(step, now))]
}

function isWorthALine({ state }: StepSnapshot): boolean {
  return WORKING.includes(state) || state === 'failed'
}

function stepRow(
  { state, step, title, startedAt, beat, failure, attempt }: StepSnapshot,
  now: Date,
): string[] {
  const again = attempt > 1 ? ` (attempt ${attempt})` : ''
  const about = state === 'failed' ? firstLine(failure ?? title) : progressText(beat, now) || title
  return [`  ${state}`, `  ${step}${again}`, about, startedAt === undefined ? '' : between(startedAt, now)]
}
