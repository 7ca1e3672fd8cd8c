import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { ResolvedStep } from '../plan/plan.ts'
import { cut } from './cut.ts'

/** How long a host that cannot be reached is tried before people are asked, beyond the step's own time. */
export const HOST_PATIENCE_SECONDS = 600

/** How long one activity of a step may take, its retries and an unreachable host included. */
export function activitySeconds({ timeoutSeconds }: Pick<ResolvedStep, 'timeoutSeconds'>): number {
  return timeoutSeconds + HOST_PATIENCE_SECONDS
}

/** A dead worker is noticed after this; its successor follows the same command on the host. */
const HEARTBEAT = '12 seconds'

/** Retries are for what infrastructure does: a step's own failures are final here and counted as its tries. */
const RETRY = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' } as const

/** Look, run, verify and undo of one step. The summary is what the Temporal UI shows beside the activity's name. */
export function stepActivities(
  step: ResolvedStep,
): Pick<Activities, 'inspect' | 'apply' | 'verify' | 'undo'> {
  return proxyActivities<Activities>({
    // The step's time is counted on the host, where the command runs; this only bounds a worker that is stuck.
    startToCloseTimeout: `${activitySeconds(step)} seconds`,
    scheduleToCloseTimeout: `${activitySeconds(step)} seconds`,
    heartbeatTimeout: HEARTBEAT,
    retry: RETRY,
    // A rollback must not begin while rsync still writes.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: cut(step.title, 180),
  })
}

/** What a run does beside its steps; short work unless `seconds` says more, named by a summary. */
export function runActivities(summary: string, seconds = 1800): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout: `${seconds} seconds`,
    heartbeatTimeout: HEARTBEAT,
    retry: { ...RETRY, maximumAttempts: 10 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: cut(summary, 180),
  })
}

/** Waits that have no end of their own: for a lock, for another workflow. */
export function waitingActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    startToCloseTimeout: '365 days',
    heartbeatTimeout: HEARTBEAT,
    retry: RETRY,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: cut(summary, 180),
  })
}
