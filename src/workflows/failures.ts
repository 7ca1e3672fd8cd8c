import { ActivityFailure, ApplicationFailure, TimeoutFailure, workflowInfo } from '@temporalio/workflow'
import type { ResolvedStep } from '../plan/plan.ts'
import { activitySeconds, HOST_PATIENCE_SECONDS } from './activity-options.ts'
import type { HeldPort } from '../steps/step-kind.ts'
import type { StepFailure } from './messages.ts'

/** The failure of an activity as data. `type`: the name of an error in errors.ts, or `Timeout`. */
export function reasonOf(error: unknown): Pick<StepFailure, 'type' | 'message' | keyof Explained> {
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error
  if (cause instanceof ApplicationFailure)
    return { type: cause.type ?? 'Defect', message: cause.message, ...rootCauseIn(cause) }
  if (cause instanceof TimeoutFailure) return reasonOfTimeout(cause)
  return { type: 'Defect', message: cause instanceof Error ? cause.message : String(cause) }
}

type Explained = Pick<StepFailure, 'happened' | 'cause' | 'advice' | 'retryHelps' | 'takenPort'>

/** What errors.ts found in the output. */
function rootCauseIn({ details }: ApplicationFailure): Explained {
  const { happened, cause, advice, retryHelps, takenPort } = (details?.[0] ?? {}) as Readonly<
    Record<string, unknown>
  >
  return {
    ...(typeof happened === 'string' && { happened }),
    ...(typeof cause === 'string' && typeof advice === 'string' && { cause, advice }),
    ...(retryHelps === false && { retryHelps }),
    // Written by errors.ts or run-step.ts.
    ...(takenPort !== undefined && { takenPort: takenPort as HeldPort }),
  }
}

export function stepFailure(step: ResolvedStep, attempt: number, error: unknown): StepFailure {
  const { step: id, title, host } = step
  const reason = timedOut(step, error) ?? reasonOf(error)
  return { step: id, title, host, attempt, at: new Date().toISOString(), ...reason }
}

/** The activities of a step: their names for people, and the failure type of a timeout. */
const TIMED_OUT: Readonly<Record<string, readonly [activity: string, type: string]>> = {
  inspect: ['inspect', 'InspectTimedOut'],
  apply: ['apply', 'Timeout'],
  verify: ['verify', 'VerifyTimedOut'],
  hold: ['hold', 'VerifyTimedOut'],
  undo: ['undo', 'Timeout'],
}

/** The activity that timed out, and after how long; undefined for other failures. */
function timedOut(step: ResolvedStep, error: unknown): Pick<StepFailure, 'type' | 'message'> | undefined {
  if (!(error instanceof ActivityFailure && error.cause instanceof TimeoutFailure)) return undefined
  const [activity, type] = TIMED_OUT[error.activityType] ?? [error.activityType, 'Timeout']
  const last =
    error.cause.cause instanceof ApplicationFailure ? `; the last failure: ${error.cause.cause.message}` : ''
  const message =
    `${activity} did not end within ${formatSeconds(activitySeconds(step))}: the step's timeout of ` +
    `${formatSeconds(step.timeoutSeconds)}, and ${formatSeconds(HOST_PATIENCE_SECONDS)} for a host that cannot be reached${last}`
  return { type, message }
}

export function formatSeconds(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

/** The failure that ends a workflow, with a one-line message. */
export function ended(type: string, message: string, details: unknown): ApplicationFailure {
  const failure = ApplicationFailure.create({ type, message, nonRetryable: true, details: [details] })
  // The UI would print the stack, which does not help a person.
  failure.stack = ''
  return failure
}

/** The run's id: phases and rollbacks are `<run>/…`. */
export function thisRun(): { readonly run: string; readonly token: string } {
  const { workflowId, firstExecutionRunId } = workflowInfo()
  return { run: workflowId, token: firstExecutionRunId }
}

function reasonOfTimeout(timeout: TimeoutFailure): { readonly type: string; readonly message: string } {
  // The failure of the last activity attempt is more specific than the timeout.
  const last = timeout.cause instanceof ApplicationFailure ? timeout.cause : undefined
  if (last) return { type: last.type ?? 'Timeout', message: last.message }
  return { type: 'Timeout', message: `no worker ended it in time (${timeout.timeoutType})` }
}
