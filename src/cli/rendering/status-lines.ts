import { awaitedAttempt, nextAttemptText } from '../../workflows/retried-steps.ts'
import { clearInWords } from '../../workflows/clear-in-words.ts'
import { recordedSigner } from '../../workflows/quorum.ts'
import { revisionText } from '../../workflows/revision-text.ts'
import { meaningOf, orderOf } from '../../workflows/run-states.ts'
import type { Decision, RecordedAnswer } from '../../workflows/status.ts'
import { visitorsOf } from '../run/how-it-ended.ts'
import type { ListedRun } from '../run/list-runs.ts'
import { hasFailed, isWorking, wasDone } from '../run/phases.ts'
import { answerIn, openDecisions, rollbackOf, stateOf } from '../run/snapshot.ts'
import type { PhaseSnapshot, RunSnapshot, StepSnapshot } from '../run/snapshot.ts'
import { unreachableIn } from '../run/unreachable.ts'
import { columns, firstLine } from './columns.ts'
import { decisionLines } from './decision-lines.ts'
import { plainLines } from '../../workflows/text.ts'
import { progressText } from './progress.ts'
import { isPassedOver, outcomeLines, phaseLines } from './outcome-lines.ts'
import { leftoverLines, rollbackLines, undoRows } from './rollback-lines.ts'
import { between, clock, dateAndClock } from './time.ts'

/** All runs: open ones by what people must act on, then closed ones; newest first. */
export function runListLines(runs: readonly ListedRun[]): string[] {
  if (runs.length === 0) return ['no runs yet', '  next: reinstate run PLAN']
  const rows = [...runs]
    .sort(
      (one, other) => orderOf(one.state) - orderOf(other.state) || (one.startedAt < other.startedAt ? 1 : -1),
    )
    .map(({ run, state, unlockedSince, lockedBy, plan, hosts, startedAt }) => [
      run,
      `${state}${unlockedSince === undefined ? '' : ' (no lock held)'}${lockedBy === undefined ? '' : ` (lock of ${lockedBy})`}`,
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
  return [
    ...liveLines(snapshot, around.now),
    '',
    ...factLines(snapshot, around),
    ...openDecisionLines(snapshot, around),
    ...endLines(snapshot),
  ]
}

/** A run in full: phases, steps, evidence, decisions, current state. */
export function showLines(snapshot: RunSnapshot, around: StatusContext): string[] {
  const answers = [...snapshot.status.answers, ...snapshot.rollbacks.flatMap(({ status }) => status.answers)]
  return [
    ...snapshot.phases.flatMap(phaseLines),
    ...snapshot.rollbacks.flatMap((rollback) => [...rollbackLines(rollback, around.now), '']),
    ...(answers.length > 0 ? ['decisions', ...answers.map((answer) => `  ${answerLine(answer)}`), ''] : []),
    ...factLines(snapshot, around),
    ...openDecisionLines(snapshot, around),
    ...endLines(snapshot),
  ]
}

function endLines(snapshot: RunSnapshot): string[] {
  if (meaningOf(stateOf(snapshot)).isOpen) return []
  return ['', ...outcomeLines(snapshot)]
}

/** Plan, hosts, times, what it waits for, and its page. */
function factLines(snapshot: RunSnapshot, { page }: StatusContext): string[] {
  const { status, startedAt, endedAt, unanswered, unread = [], undelivered = [] } = snapshot
  const [decision] = openDecisions(snapshot)
  const { isOpen } = meaningOf(stateOf(snapshot))
  const rollback = rollbackOf(snapshot)
  const since = dateAndClock(decision?.decision.since ?? rollback?.startedAt ?? status.since)
  const ignored = status.answers.filter(({ taken }) => !taken).slice(-5)
  const { ignoredMore = 0, detail } = (isOpen ? rollback : undefined)?.status ?? status
  const visitors = isOpen ? visitorsOf(snapshot) : undefined
  return [
    `plan     ${[status.plan, status.title].filter(Boolean).join(': ') || 'not read yet'}`,
    ...(status.revision ? [`revision ${revisionText(status.revision)}`] : []),
    `hosts    ${status.hosts.join(', ') || 'not known yet'}`,
    `started  ${dateAndClock(startedAt)}`,
    ...(endedAt === undefined ? [] : [`ended    ${dateAndClock(endedAt)}`]),
    ...(isOpen ? [`state    ${stateOf(snapshot)} since ${since}`] : []),
    ...(isOpen && detail !== undefined ? [`waits    ${firstLine(detail)}`] : []),
    ...(visitors === undefined ? [] : plainLines([visitors]).map((line) => `impact   ${line}`)),
    ...unreachableLines(snapshot),
    ...(unanswered === undefined
      ? []
      : unanswered.message.split('\n').map((line) => `worker   ${line.trim()}`)),
    ...unread.map(
      ({ decision, choice, by }) =>
        `answer   ${decision}: ${choice}, by ${by}, waits for a worker; as soon as one runs, the run goes on with it and does not ask again`,
    ),
    ...undelivered.map(
      ({ channel, event, since: began, failure, attempt }) =>
        `unsent   ${event} to ${channel} since ${dateAndClock(began)}: ${firstLine(failure)}; ${attempt === undefined ? 'given up' : `attempt ${attempt}, tried again`}`,
    ),
    `page     ${page}`,
    ...ignored.map(({ at, via, why }) => `ignored  a ${via} at ${dateAndClock(at)}: ${why ?? 'no match'}`),
    ...(ignoredMore > 0 ? [`ignored  ${ignoredMore} more`] : []),
  ]
}

const UNREADABLE = {
  text: 'What it shows cannot be read without a worker. Start one (reinstate worker), and read it before you answer.',
}
const ANSWERED = {
  text: 'It is answered already. If that answer is right, start a worker (reinstate worker); the run then goes on with it at once. If it is wrong, start none before you have spoken with who gave it.',
}

/** The open decisions, what each answer does, and the commands to type. */
export function openDecisionLines(snapshot: RunSnapshot, { now }: Pick<StatusContext, 'now'>): string[] {
  const { status, unanswered, unread = [] } = snapshot
  // Temporal keeps the question, but not all that it shows.
  const withoutWorker = ({ decision: asked }: Decision) =>
    unread.some(({ decision }) => decision === asked) ? ANSWERED : UNREADABLE
  return openDecisions(snapshot).flatMap(({ decision }) => [
    '',
    ...decisionLines(
      status.run,
      unanswered ? { ...decision, advice: withoutWorker(decision) } : decision,
      now,
    ),
  ])
}

/** `2026-11-21 10:02:11 gate/cutover: approve, by dana (unverified), 1 of 2 (update)`. */
export function answerLine({ at, via, answer, taken, why, ...recorded }: RecordedAnswer): string {
  const { decision, choice, by, reason } = answerIn(answer)
  if (!taken || decision === undefined) {
    return `${dateAndClock(at)} ignored: a ${via}: ${why ?? 'no match'}`
  }
  if (via === 'timeout') return `${dateAndClock(at)} ${decision}: nobody answered in time: ${choice}`
  const said = reason === undefined ? '' : `: ${reason}`
  return `${dateAndClock(at)} ${decision}: ${choice}, by ${recordedSigner({ ...recorded, by })} (${via})${said}`
}

/** `host     host server cannot be reached: no answer; since 23:18:02, attempt 11, tried again until 23:28:02; nothing to answer`. */
function unreachableLines(snapshot: RunSnapshot): string[] {
  return unreachableIn(snapshot).map(({ failure, since, attempt, until }) => {
    const nth = attempt === undefined ? '' : `, attempt ${attempt}`
    const end = until === undefined ? '' : ` until ${clock(until)}`
    return `host     ${firstLine(failure)}; since ${clock(since)}${nth}, tried again${end}; nothing to answer`
  })
}

/** For a command that leaves a run that is open: its present state, and how to follow it. */
export function leftOpenLines(snapshot: RunSnapshot): string[] {
  const state = stateOf(snapshot)
  const { run } = snapshot.status
  return [`${run} is ${state}. ${meaningOf(state).means}`, `  next: reinstate status ${run} --follow`]
}

/** The current state of a run: one line per phase, and one per working or failed step of an open phase; or its rollback. */
export function liveLines(snapshot: RunSnapshot, now: Date): string[] {
  const { status, phases } = snapshot
  const rollback = rollbackOf(snapshot)
  const { startedAt, endedAt } = rollback ?? snapshot
  const state = stateOf(snapshot)
  const decisions = openDecisions(snapshot).map(({ decision }) => `  waits for a decision: ${decision.title}`)
  const detail =
    decisions.length === 0 && meaningOf(state).isOpen ? (rollback ?? snapshot).status.detail : undefined
  return [
    `${status.run}  ${state}${detail === undefined ? '' : `: ${firstLine(detail)}`}  ${between(startedAt, endedAt ?? now)}`,
    ...(rollback
      ? [
          ...columns(undoRows(rollback, now), '  '),
          ...(endedAt === undefined ? leftoverLines(rollback.status.leftovers) : []),
        ]
      : columns(
          phases.flatMap((phase) => phaseRows(phase, now)),
          '  ',
        )),
    ...unservedLines(snapshot),
    ...decisions,
  ]
}

/** Nothing happens on those hosts until somebody starts a worker. */
export function unservedLines({ unserved = [] }: Pick<RunSnapshot, 'unserved'>): string[] {
  return unserved.flatMap(({ taskQueue, hosts }) => [
    `  no worker serves the task queue ${taskQueue}, so nothing happens on ${hosts.join(', ')}`,
    `    next, near it: reinstate worker --task-queue ${taskQueue}`,
  ])
}

function phaseRows(phase: PhaseSnapshot, now: Date): string[][] {
  const { state, steps, startedAt, endedAt, clear } = phase
  const past = steps.filter((step) => wasDone(step) || isPassedOver(step)).length
  const time = startedAt === undefined ? '' : between(startedAt, endedAt ?? now)
  const own = [state, phase.phase, `${past} of ${steps.length} steps`, time]
  const clears = clear ? [['', '', clearInWords(clear), '']] : []
  if (state !== 'running' && state !== 'failed' && state !== 'interrupted') return [own, ...clears]
  return [own, ...steps.filter(isWorthALine).map((step) => stepRow(step, now))]
}

function isWorthALine(step: StepSnapshot): boolean {
  return isWorking(step) || hasFailed(step)
}

function stepRow(snapshot: StepSnapshot, now: Date): string[] {
  const { state, step, startedAt, endedAt, attempt } = snapshot
  const again = attempt > 1 ? ` (attempt ${attempt})` : ''
  const time = startedAt === undefined ? '' : between(startedAt, endedAt ?? now)
  return [`  ${state}`, `  ${step}${again}`, aboutStep(snapshot, now), time]
}

function aboutStep(snapshot: StepSnapshot, now: Date): string {
  const { title, beat, failure, waitsFor } = snapshot
  const why = firstLine(failure ?? title)
  if (hasFailed(snapshot)) return why
  const awaited = awaitedAttempt(snapshot)
  if (awaited) return `${nextAttemptText(awaited)}, after: ${why}`
  return progressText(beat, now) || (waitsFor ?? title)
}
