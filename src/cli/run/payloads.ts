import { defaultPayloadConverter } from '@temporalio/common'
import type { Payload } from '@temporalio/common'
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client'

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>

/** One event of a workflow's history, as the server gives it. */
export type Event = NonNullable<History['events']>[number]
export type Payloads = NonNullable<Event['activityTaskScheduledEventAttributes']>['input']
/** An activity that runs now, with the details of its last heartbeat. */
export type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number]

/** The first value that a workflow or an activity was given or gave; undefined for none. */
export function firstValue(payloads: Payloads): unknown {
  return valueIn(payloads?.payloads?.[0])
}

export function valueIn(payload: Payload | null | undefined): unknown {
  return payload ? defaultPayloadConverter.fromPayload(payload) : undefined
}

/** What the Temporal UI shows beside the event. */
export function summaryOf({ userMetadata }: Event): string | undefined {
  return userMetadata?.summary ? String(valueIn(userMetadata.summary)) : undefined
}

/** What a failure says of itself. */
export function saidBy(failure: { readonly message?: string | null }): string {
  return failure.message || 'it did not say why'
}

export function isoTimeOf({ eventTime }: Event): string {
  return new Date(Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6).toISOString()
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
