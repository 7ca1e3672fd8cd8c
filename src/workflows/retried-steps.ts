import { clock } from './impact.ts'
import type { PhaseStatus, RetriedStep, StepStatus } from './status.ts'

/** The steps of a phase that failed and wait for their next attempt. */
export function retriedSteps({ steps }: PhaseStatus): readonly RetriedStep[] {
  return steps.flatMap((status) => {
    const { title, host, attempt, failure = '', nextAttempt } = status
    return nextAttempt && isRetried(status) ? [{ title, host, attempt, failure, nextAttempt }] : []
  })
}

export function isRetried({ state, attempt, nextAttempt }: StepStatus): boolean {
  return nextAttempt !== undefined && nextAttempt.attempt > attempt && state !== 'failed'
}

/** `attempt 3 of at most 5 begins at 03:12:40 UTC`. */
export function nextAttemptText({ attempt, last, at }: RetriedStep['nextAttempt']): string {
  return `attempt ${attempt} of at most ${last} begins at ${clock(at)}`
}
