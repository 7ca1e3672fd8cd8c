import { isGrpcServiceError, ServiceError } from '@temporalio/client'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { ApplicationFailureOptions } from '@temporalio/common'
import { ReinstateError, retriedByTemporal } from '../errors.ts'
import type { Activities } from './activities.ts'

/** A stack of ours in history tells on-call nothing and grows it: the message says what happened. */
const NO_STACK = ''

/** The same activities; what they throw crosses Temporal with its name, its data and whether a retry helps. */
export function withFailures(activities: Activities): Activities {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (request: never) => {
      try {
        return await (activity as (request: never) => Promise<unknown>)(request)
      } catch (error) {
        throw asFailure(error)
      }
    },
  ])
  // Each activity keeps its request and its result.
  return Object.fromEntries(wrapped) as Activities
}

function asFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error
  const failure = ApplicationFailure.create(kindOf(error))
  failure.stack = NO_STACK
  return failure
}

function kindOf(error: unknown): ApplicationFailureOptions {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ReinstateError) {
    const nonRetryable = retriedByTemporal[error.name] !== true
    return { type: error.name, message, details: [error.data], nonRetryable }
  }
  // Asking Temporal about other workflows fails while the server is away; a lock that gave up then would be lost.
  if (error instanceof ServiceError || isGrpcServiceError(error))
    return { type: 'TemporalUnreachable', message }
  // Not thrown on purpose: a defect, which trying again does not fix. Its stack is in the worker's log.
  return { type: 'Defect', message, nonRetryable: true }
}
