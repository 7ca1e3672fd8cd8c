import { isGrpcServiceError, ServiceError } from '@temporalio/client'
import type { Client } from '@temporalio/client'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { ApplicationFailureOptions } from '@temporalio/common'
import { ReinstateError, retriedByTemporal } from '../errors.ts'
import type { Hosts } from '../host/host.ts'
import type { Notifier } from '../notifications/notifier.ts'
import type { AnyStepKind } from '../steps/step-kind.ts'
import type { SignedStatement } from '../workflows/messages.ts'
import type { Activities } from './activities.ts'
import { attestationActivities } from './attestations.ts'
import { noticeActivities } from './child-notices.ts'
import type { Authority } from './authority.ts'
import { callers } from './callers.ts'
import { digest } from './digest.ts'
import { guarded } from './guard.ts'
import { lockActivities } from './locks.ts'
import { notifyActivities } from './notices.ts'
import { planActivities } from './plans.ts'
import type { Signers } from './plans.ts'
import { runActivities } from './runs.ts'
import { stepActivities } from './steps.ts'

export interface ActivityDependencies {
  readonly client: Client
  readonly hosts: Hosts
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  readonly authority: Authority
  readonly signers: Signers
  readonly notifier: Notifier
  /** Where plans are found by name. */
  readonly planFolders: readonly string[]
  /** Default: the folder of the plan. */
  readonly secretsFolder?: string | undefined
  /** Further folders whose plans may be named by a path, asked anew for each run. */
  readonly allowedFolders: () => readonly string[]
}

/** All activities of a worker, on real hosts, guarded. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const { client, hosts, authority, signers, notifier } = dependencies
  const steps = stepActivities(dependencies)
  const all = {
    ...steps,
    ...planActivities(dependencies, steps),
    ...lockActivities(client, hosts),
    ...runActivities(client),
    ...attestationActivities(client),
    ...noticeActivities(client),
    ...notifyActivities(client, notifier),
    digest,
    verifySignature: (signed: SignedStatement) => signers.verify(signed),
  }
  return withFailures(guarded(all, { authority, caller: callers(client) }))
}

/** Those that reach a host: all that is asked of workers near one. */
export function onHosts(activities: Activities): Partial<Activities> {
  const { inspect, apply, verify, hold, undo, checkHost, previewSteps, takeHostLock, releaseHostLock } =
    activities
  return { inspect, apply, verify, hold, undo, checkHost, previewSteps, takeHostLock, releaseHostLock }
}

/** A stack trace in the history costs space and does not help on call. */
const NO_STACK = ''

/** The same activities; what they throw crosses Temporal with its name, its data and whether a retry helps. */
function withFailures(activities: Activities): Activities {
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
  const failure = ApplicationFailure.create(failureOptions(error))
  failure.stack = NO_STACK
  return failure
}

function failureOptions(error: unknown): ApplicationFailureOptions {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ReinstateError) {
    const nonRetryable = retriedByTemporal[error.name] !== true
    return { type: error.name, message, details: [error.data], nonRetryable }
  }
  // Requests to Temporal fail while its server is down; a lock that gave up then would be lost.
  if (error instanceof ServiceError || isGrpcServiceError(error))
    return { type: 'TemporalUnreachable', message }
  // Any other error is a defect, which a retry does not fix. Its stack trace is in the worker's log.
  return { type: 'Defect', message, nonRetryable: true }
}
