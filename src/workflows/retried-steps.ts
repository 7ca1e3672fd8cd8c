import { clock } from './impact.ts'
import type { PhaseStatus, RetriedStep, StepStatus } from './status.ts'

/** The steps of a phase that failed and wait for their next attempt. */
export function retriedSteps({ steps }: PhaseStatus): readonly RetriedStep[] {
  return steps.flatMap((status) => {
    const { title, host, attempt, failure = '' } = status
    const nextAttempt = awaitedAttempt(status)
    return nextAttempt ? [{ title, host, attempt, failure, nextAttempt }] : []
  })
}

/** The attempt that a failed step waits for; undefined once it has begun, or if there will be none. */
export function awaitedAttempt({ state, attempt, nextAttempt }: StepStatus): StepStatus['nextAttempt'] {
  return nextAttempt && nextAttempt.attempt > attempt && state !== 'failed' ? nextAttempt : undefined
}

/** `attempt 3 of at most 5 begins at 03:12:40 UTC`. */
export function nextAttemptText({ attempt, last, at }: RetriedStep['nextAttempt']): string {
  return `attempt ${attempt} of at most ${last} begins at ${clock(at)}`
}
