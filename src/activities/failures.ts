import { isGrpcServiceError, ServiceError } from '@temporalio/client'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { ApplicationFailureOptions } from '@temporalio/common'
import { ReinstateError, retriedByTemporal } from '../errors.ts'

/** A stack of ours in history tells on-call nothing and grows it: the message says what happened. */
const NO_STACK = ''

/** Wraps an activity so that what it throws crosses Temporal with its name, its data and whether a retry helps. */
export function withFailures<Request, Result>(
  activity: (request: Request) => Promise<Result>,
): (request: Request) => Promise<Result> {
  return async (request) => {
    try {
      return await activity(request)
    } catch (error) {
      throw asFailure(error)
    }
  }
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
