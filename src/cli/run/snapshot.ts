import type { HeartbeatDetails } from '../../host/host.ts'
import type {
  DecisionAnswer,
  PhaseStatus,
  RunState,
  RunStatus,
  StepOutline,
  StepStatus,
} from '../../workflows/status.ts'
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { isObject } from './payloads.ts'

/** One read of a run: its workflow, phases and rollbacks. Everything shown of a run is computed from it. */
export interface RunSnapshot {
  readonly status: RunStatus
  readonly startedAt: string
  readonly endedAt?: string
  readonly phases: readonly PhaseSnapshot[]
  /** Rollbacks of this run, in order; the last one counts. */
  readonly rollbacks: readonly RollbackSnapshot[]
  /** The failure of the run's workflow. */
  readonly failure?: Failure
}

export type PhaseOutline = RunStatus['phases'][number]

export type PhaseSnapshot = Omit<PhaseOutline, 'steps'> & {
  readonly startedAt?: string
  readonly endedAt?: string
  readonly steps: readonly StepSnapshot[]
}

export interface StepSnapshot extends StepStatus, StepOutline {
  /** How far it is, while it runs. */
  readonly beat?: HeartbeatDetails
}

export interface RollbackSnapshot {
  readonly workflowId: string
  readonly status: RunStatus
  readonly startedAt: string
  readonly endedAt?: string
  readonly failure?: Failure
  readonly undone: readonly string[]
}

export interface Failure {
  readonly type: string
  readonly message: string
  /** What a refusal was caused by. */
  readonly cause?: string
}

/** The snapshot for `--json`, with the run's state first. */
export function forScripts(snapshot: RunSnapshot): object {
  return { run: snapshot.status.run, state: stateOf(snapshot), ...snapshot }
}

/** The state of a run, also after a rollback that was started once the run had ended. */
export function stateOf({ status, rollbacks, endedAt, failure }: RunSnapshot): RunState {
  // A rejected rollback has undone nothing.
  const last = rollbacks.findLast((one) => one.failure?.type !== 'RollbackRejected')
  if (last && last.endedAt === undefined) {
    return last.status.decisions.length > 0 ? 'waiting-for-decision' : 'rolling-back'
  }
  if (last) return last.failure ? 'failed' : 'rolled-back'
  if (endedAt === undefined) return status.state
  // A terminated run could not update its state.
  return isEnd(status.state) ? status.state : failure ? 'failed' : 'done'
}

export function isEnd(state: RunState): boolean {
  return ['done', 'done-not-proven', 'rolled-back', 'stopped', 'refused', 'failed'].includes(state)
}

/** Whether nothing more will happen by itself. */
export function isOver({ endedAt, rollbacks }: RunSnapshot): boolean {
  return endedAt !== undefined && rollbacks.every((rollback) => rollback.endedAt !== undefined)
}

/** The exit status for the current state of a run. An open run is not a failure. */
export function exitCodeFor(snapshot: RunSnapshot): ExitCode {
  if (openDecisions(snapshot).length > 0) return exitCodes.waits
  switch (stateOf(snapshot)) {
    case 'refused':
      return exitCodeOf(snapshot.failure?.cause)
    case 'done-not-proven':
      return exitCodes.notProven
    case 'failed':
    case 'stopped':
    case 'rolled-back':
    case 'rolling-back':
      return exitCodes.failed
    default:
      return exitCodes.done
  }
}

/** The usable fields of an answer: a signal can carry anything. */
export function answerIn(sent: unknown): { readonly [part in keyof DecisionAnswer]?: string } {
  if (!isObject(sent)) return {}
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => typeof value === 'string'))
}

/** The open decisions of the run and its rollback, each with the workflow that accepts the answer. */
export function openDecisions({ status, rollbacks, endedAt }: RunSnapshot) {
  const own =
    endedAt === undefined ? status.decisions.map((decision) => ({ decision, workflowId: status.run })) : []
  const last = rollbacks.at(-1)
  const undoing =
    last && last.endedAt === undefined
      ? last.status.decisions.map((decision) => ({ decision, workflowId: last.workflowId }))
      : []
  return [...own, ...undoing]
}

/** The workflows of all attempts of a phase, oldest first: `run/phase`, `run/phase~2`, up to the one named. */
export function attemptsUpTo(workflowId: string): string[] {
  const [, first = workflowId, last = '1'] = /^(.*)~(\d+)$/.exec(workflowId) ?? []
  return Array.from({ length: Number(last) }, (_, index) => (index === 0 ? first : `${first}~${index + 1}`))
}

/** The steps of a phase in plan order, with the state of the last attempt; `answers` show which were skipped. */
export function stepsOf(
  outline: PhaseOutline,
  attempts: readonly PhaseStatus[],
  answers: RunStatus['answers'],
): StepSnapshot[] {
  const latest = new Map<string, StepStatus>()
  for (const { steps } of attempts) for (const step of steps) latest.set(step.step, step)
  return outline.steps.map((planned) => {
    const last = latest.get(planned.step) ?? { state: 'waiting' as const, attempt: 1 }
    const status = { ...planned, ...last }
    return status.state === 'failed' && isPassedOver(status, answers)
      ? { ...status, state: 'skipped' }
      : status
  })
}

function isPassedOver({ step, attempt }: StepStatus, answers: RunStatus['answers']): boolean {
  return answers.some(({ taken, answer }) => {
    const { decision, choice } = answerIn(answer)
    return taken && decision === `failed/${step}~${attempt}` && (choice === 'skip' || choice === 'mark-done')
  })
}

/** Adds the heartbeats of running activities to their steps. */
export function withBeats(
  steps: readonly StepSnapshot[],
  beats: readonly HeartbeatDetails[],
): readonly StepSnapshot[] {
  const working = steps.filter(({ state }) =>
    ['inspecting', 'applying', 'running', 'verifying'].includes(state),
  )
  const alone = working.length === 1 && beats.length === 1 ? beats[0] : undefined
  return steps.map((step) => {
    if (!working.includes(step)) return step
    const beat = beats.find((one) => stepsNamedIn(one).includes(step.step)) ?? alone
    return beat ? { ...step, beat } : step
  })
}

/** A token is run, phase, step, attempt and name, joined by `_`. */
function stepsNamedIn({ offsets = {} }: HeartbeatDetails): string[] {
  return Object.keys(offsets).flatMap((token) => token.split('_')[2] ?? [])
}

/** The phases as a rollback left them; a step that failed stays named as failed. */
export function asRolledBack(
  phases: readonly PhaseSnapshot[],
  rollbacks: readonly RollbackSnapshot[],
): readonly PhaseSnapshot[] {
  const undone = new Set(rollbacks.flatMap((rollback) => rollback.undone))
  const undonePhases = rollbacks.flatMap(({ status }) =>
    status.phases.filter(({ state }) => state === 'undone'),
  )
  return phases.map((phase) => ({
    ...phase,
    state: undonePhases.some((one) => one.phase === phase.phase) ? 'undone' : phase.state,
    steps: phase.steps.map((step) =>
      undone.has(step.step) && step.state !== 'failed' ? { ...step, state: 'undone' as const } : step,
    ),
  }))
}
