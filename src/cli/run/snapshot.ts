import type { HeartbeatDetails } from '../../host/host.ts'
import { mayHaveUndone, meaningOf, presentState } from '../../workflows/run-states.ts'
import type { ClosedAs, Lived } from '../../workflows/run-states.ts'
import type {
  Decision,
  DecisionAnswer,
  RunState,
  RunStatus,
  StepOutline,
  StepStatus,
} from '../../workflows/status.ts'
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { isObject } from './payloads.ts'
import type { UndoStep } from './undo-steps.ts'

/** One read of a run: its workflow, phases and rollbacks. Everything shown of a run is computed from it. */
export interface RunSnapshot extends Lifetime {
  readonly status: RunStatus
  readonly phases: readonly PhaseSnapshot[]
  /** Rollbacks of this run, in order; the last one counts. */
  readonly rollbacks: readonly RollbackSnapshot[]
  /** Clears of this run, in the order of the plan. */
  readonly clears: readonly RollbackSnapshot[]
  /** Why the run itself did not answer: then `status` has only what Temporal knows of it. */
  readonly unanswered?: Error
  /** Task queues of its hosts that no worker serves, while it is open; absent where every one is served. */
  readonly unserved?: readonly { readonly taskQueue: string; readonly hosts: readonly string[] }[]
  /** Without a worker: answers that it will read first once one is up. */
  readonly unread?: readonly DecisionAnswer[]
  /** Notifications that a channel did not take. Absent where nobody asked for them. */
  readonly undelivered?: readonly Undelivered[]
}

/** A notification that a channel did not take. Later ones of the channel wait behind it. */
export interface Undelivered {
  readonly channel: string
  readonly event: string
  /** When the notifier began to send it. */
  readonly since: string
  /** Why, without the address of the channel. */
  readonly failure: string
  /** The last attempt; absent once it is given up. */
  readonly attempt?: number
}

/** When and how a workflow began and ended, according to Temporal. */
export interface Lifetime {
  readonly startedAt: string
  readonly endedAt?: string
  /** How it ended; undefined while it is open. */
  readonly closedAs?: ClosedAs
  /** Who terminated it. */
  readonly terminated?: Termination
  readonly failure?: Failure
}

export interface Termination {
  /** Temporal's identity of the client; empty where it has none. */
  readonly by: string
  readonly reason: string
}

export type PhaseOutline = RunStatus['phases'][number]

export type PhaseSnapshot = Omit<PhaseOutline, 'steps'> & {
  readonly startedAt?: string
  readonly endedAt?: string
  readonly steps: readonly StepSnapshot[]
  /** Activities that Temporal tries again. */
  readonly retried?: readonly Retried[]
}

/** An activity whose last attempt failed, and that Temporal tries again. */
export interface Retried {
  readonly failure: string
  /** The host that its failure names. */
  readonly host?: string
  readonly attempt: number
  /** ISO time after which it is not tried again. */
  readonly until?: string
}

export interface StepSnapshot extends StepStatus, StepOutline {
  /** How far it is, while it runs. */
  readonly beat?: HeartbeatDetails
}

export interface RollbackSnapshot extends Lifetime {
  readonly workflowId: string
  readonly status: RunStatus
  /** In the order of their undo. */
  readonly steps: readonly UndoStep[]
}

export interface Failure {
  readonly type: string
  readonly message: string
  /** What a refusal was caused by. */
  readonly cause?: string
}

/** The snapshot for `--json`, with the run's state first. */
export function forScripts(snapshot: RunSnapshot): object {
  const { unanswered, ...rest } = snapshot
  const why = unanswered ? { unanswered: unanswered.message } : {}
  return { run: snapshot.status.run, state: stateOf(snapshot), ...why, ...rest }
}

/** The present state of a run, also after what happened to it once it had ended. */
export function stateOf(snapshot: RunSnapshot): RunState {
  return presentState(lived(snapshot), snapshot.rollbacks.map(lived))
}

function lived({ status, closedAs }: Pick<RunSnapshot, 'status' | 'closedAs'>): Lived {
  return { state: status.state, closedAs }
}

/** Whether nothing more will happen by itself. */
export function isOver({ endedAt, rollbacks }: RunSnapshot): boolean {
  return endedAt !== undefined && rollbacks.every((rollback) => rollback.endedAt !== undefined)
}

/** The exit status for the present state of a run; where the run did not answer, that comes first. */
export function exitCodeFor(snapshot: RunSnapshot): ExitCode {
  if (snapshot.unanswered) return exitCodeOf(snapshot.unanswered.name)
  const { exit } = meaningOf(stateOf(snapshot))
  const { cause, type } = snapshot.failure ?? {}
  return exit === 'refusal' ? exitCodeOf(cause ?? type) : exitCodes[exit]
}

/** The exit status of a command that asked that nothing of the run is left. */
export function exitCodeOfUndoing(snapshot: RunSnapshot): ExitCode {
  const { changes, exit } = meaningOf(stateOf(snapshot))
  if (changes !== 'kept') return exitCodes.done
  return exit === 'done' ? exitCodes.failed : exitCodeFor(snapshot)
}

/** The rollback that the present state of a run comes from; undefined where none has undone, or undoes, anything. */
export function rollbackOf({ rollbacks }: RunSnapshot): RollbackSnapshot | undefined {
  return rollbacks.findLast(({ status }) => mayHaveUndone(status.state))
}

/** The usable fields of an answer: a signal can carry anything. */
export function answerIn(sent: unknown): { readonly [part in keyof DecisionAnswer]?: string } {
  if (!isObject(sent)) return {}
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => typeof value === 'string'))
}

/** An open decision, and the workflow that accepts the answer. */
export interface OpenDecision {
  readonly decision: Decision
  readonly workflowId: string
}

/** The open decisions of the run and of its rollback; of a clear once the run has ended, which shows them until then. */
export function openDecisions(snapshot: RunSnapshot): readonly OpenDecision[] {
  const { status, rollbacks, clears, endedAt } = snapshot
  const last = rollbacks.at(-1)
  const own = decisionsOf(snapshot)
  return [
    ...(endedAt === undefined ? own.map((decision) => ({ decision, workflowId: status.run })) : []),
    ...(last && last.endedAt === undefined
      ? last.status.decisions.map((decision) => ({ decision, workflowId: last.workflowId }))
      : []),
    ...clears
      .filter((clear) => endedAt !== undefined && clear.endedAt === undefined)
      .flatMap(({ workflowId, status: { decisions } }) =>
        decisions.map((decision) => ({ decision, workflowId })),
      ),
  ]
}

/** Decisions that were open when the run, or its last rollback, was ended from outside: nobody can answer them any more. */
export function lapsedDecisions(snapshot: RunSnapshot): readonly Decision[] {
  const { rollbacks, endedAt } = snapshot
  const last = rollbacks.at(-1)
  return [
    ...(endedAt === undefined ? [] : decisionsOf(snapshot)),
    ...(last?.endedAt === undefined ? [] : last.status.decisions),
  ]
}

/** The run's own decisions. It also shows what its rollback asks, a moment later than the rollback itself. */
function decisionsOf({ status, rollbacks }: RunSnapshot): readonly Decision[] {
  return status.decisions.filter(({ kind }) => rollbacks.length === 0 || kind !== 'failed-undo')
}
