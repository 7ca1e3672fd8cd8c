import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow'
import type { ActivityOptions } from '@temporalio/workflow'
import type { Activities } from '../activities/activities.ts'
import type { TaskQueues } from '../host/host.ts'
import type { ResolvedStep } from '../plan/plan.ts'
import { HOLD_CHUNK_SECONDS } from './hold.ts'
import { cut } from './text.ts'

/** How long activities retry an unreachable host before people are asked, in addition to the step's timeout. */
export const HOST_PATIENCE_SECONDS = 600

/** The timeout of one activity of a step, with its retries and an unreachable host. */
export function activitySeconds({ timeoutSeconds }: Pick<ResolvedStep, 'timeoutSeconds'>): number {
  return timeoutSeconds + HOST_PATIENCE_SECONDS
}

/** A dead worker is noticed after this; the next worker attaches to the same command on the host. */
const HEARTBEAT = '12 seconds'

/** For failures of the infrastructure. A step's own failures are never retried by Temporal: they count as attempts. */
const RETRY = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '15 seconds' } as const

/** The queue of activities that reach a host: that of its workers, or the one of the workflow. */
export function queueOf(host: string, taskQueues: TaskQueues = {}): Pick<ActivityOptions, 'taskQueue'> {
  const taskQueue = taskQueues[host]
  return taskQueue === undefined ? {} : { taskQueue }
}

/** inspect, apply, verify and undo of one step. The Temporal UI shows the step's title as their summary. */
export function stepActivities(
  step: ResolvedStep,
  taskQueues?: TaskQueues,
): Pick<Activities, 'inspect' | 'apply' | 'verify' | 'undo'> {
  return proxyActivities<Activities>({
    ...queueOf(step.host, taskQueues),
    // The host enforces the step's timeout, where the command runs; this bounds a worker that is stuck.
    startToCloseTimeout: `${activitySeconds(step)} seconds`,
    scheduleToCloseTimeout: `${activitySeconds(step)} seconds`,
    heartbeatTimeout: HEARTBEAT,
    retry: RETRY,
    // A rollback must not begin while rsync still writes.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: cut(step.title, 180),
  })
}

/** The verifications of a step that is held, for six hours. Without a worker they wait: a hold makes up for that time. */
export function holdActivities(step: ResolvedStep, taskQueues?: TaskQueues): Pick<Activities, 'hold'> {
  return proxyActivities<Activities>({
    ...queueOf(step.host, taskQueues),
    startToCloseTimeout: `${HOLD_CHUNK_SECONDS + activitySeconds(step)} seconds`,
    heartbeatTimeout: HEARTBEAT,
    retry: RETRY,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: cut(`hold: ${step.title}`, 180),
  })
}

/** Activities of the run itself, with a summary for the Temporal UI. Default timeout: 30 minutes; default queue: the workflow's. */
export function runActivities(
  summary: string,
  { seconds = 1800, ...queue }: Pick<ActivityOptions, 'taskQueue'> & { readonly seconds?: number } = {},
): Activities {
  return proxyActivities<Activities>({
    ...queue,
    startToCloseTimeout: `${seconds} seconds`,
    heartbeatTimeout: HEARTBEAT,
    retry: { ...RETRY, maximumAttempts: 10 },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: cut(summary, 180),
  })
}

/**
 * The delivery of a notification, attempted for a day. No run waits for it. The worker bounds one attempt by 20 seconds.
 */
export function deliveryActivities(summary: string): Pick<Activities, 'deliver'> {
  return proxyActivities<Activities>({
    startToCloseTimeout: '1 minute',
    scheduleToCloseTimeout: '1 day',
    retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '5 minutes' },
    summary: cut(summary, 180),
  })
}

/** Waits without a timeout: for a lock, for another workflow. */
export function waitingActivities(summary: string): Activities {
  return proxyActivities<Activities>(waiting(summary))
}

/** The same for waits that only read: a cancel does not wait until the worker hears of it. */
export function pollingActivities(summary: string): Activities {
  return proxyActivities<Activities>({
    ...waiting(summary),
    cancellationType: ActivityCancellationType.TRY_CANCEL,
  })
}

function waiting(summary: string): ActivityOptions {
  return {
    startToCloseTimeout: '365 days',
    heartbeatTimeout: HEARTBEAT,
    retry: RETRY,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    summary: cut(summary, 180),
  }
}
