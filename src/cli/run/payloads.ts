import type { Payload } from '@temporalio/common'
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client'
import { payloadConverter } from '../../workflows/lenient-converter.ts'

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>

/** One event of a workflow's history, as the server gives it. */
export type Event = NonNullable<History['events']>[number]
export type Payloads = NonNullable<Event['activityTaskScheduledEventAttributes']>['input']
/** An activity that runs now, with the details of its last heartbeat. */
export type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number]

/** The first argument or result of a workflow or an activity; undefined for none. */
export function firstValue(payloads: Payloads): unknown {
  return valueIn(payloads?.payloads?.[0])
}

/** Anybody may have sent it: one that cannot be read is undefined, too. */
export function valueIn(payload: Payload | null | undefined): unknown {
  return payload ? payloadConverter.fromPayload(payload) : undefined
}

/** The summary that the Temporal UI shows for the event. */
export function summaryOf({ userMetadata }: Event): string | undefined {
  return userMetadata?.summary ? String(valueIn(userMetadata.summary)) : undefined
}

/** The message of a failure. */
export function saidBy(failure: { readonly message?: string | null }): string {
  return failure.message || 'no reason given'
}

export function isoTimeOf({ eventTime }: Event): string {
  return isoOf(eventTime)
}

export function isoOf(time: Event['eventTime']): string {
  return new Date(Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6).toISOString()
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
