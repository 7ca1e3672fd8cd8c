import { WorkflowNotFoundError } from '@temporalio/client'
import type { WorkflowExecutionInfo } from '@temporalio/client'
import { reveal } from '../../codec/reveal.ts'
import type { Temporal } from '../../embedded/connection.ts'
import { closedAsOf } from './lifetime.ts'
import { firstValue, isObject, isoTimeOf, saidBy } from './payloads.ts'
import type { Event } from './payloads.ts'
import type { Undelivered } from './snapshot.ts'

/**
 * Reads from the histories of a run's notifiers what they could not send; needs no worker. `since`: when the run began, an earlier
 * one of its id may have had notifiers too.
 */
export async function readUndelivered(
  temporal: Temporal,
  run: string,
  since: string,
): Promise<readonly Undelivered[]> {
  const query = `WorkflowType = "notify" AND WorkflowId STARTS_WITH "${run}/"`
  const found: Undelivered[] = []
  for await (const info of temporal.client.workflow.list({ query })) {
    if (info.startTime.toISOString() < since || closedAsOf(info) === 'COMPLETED') continue
    found.push(...(await undeliveredOf(temporal, info)))
  }
  return found
}

async function undeliveredOf(
  { client }: Temporal,
  { workflowId, runId }: WorkflowExecutionInfo,
): Promise<readonly Undelivered[]> {
  const handle = client.workflow.getHandle(workflowId, runId)
  try {
    const { raw, closeTime } = await handle.describe()
    const pending = await reveal(raw.pendingActivities ?? [], client)
    const { events } = await handle.fetchHistory()
    const sent = deliveriesIn(await reveal(events ?? [], client))
    return sent.flatMap(({ activityId, givenUp, ...about }) => {
      if (givenUp !== undefined) return [{ ...about, failure: givenUp }]
      const now = closeTime ? undefined : pending.find((one) => one.activityId === activityId)
      if (!now?.lastFailure) return []
      return [{ ...about, failure: whyOf(now.lastFailure, about.channel), attempt: now.attempt ?? 1 }]
    })
  } catch (error) {
    // Temporal forgot it meanwhile.
    if (error instanceof WorkflowNotFoundError) return []
    throw error
  }
}

interface Delivery {
  readonly activityId: string
  readonly channel: string
  readonly event: string
  readonly since: string
  /** Why it is not tried any more. */
  readonly givenUp?: string
}

/** What was not delivered, as far as a history says. */
function deliveriesIn(events: readonly Event[]): readonly Delivery[] {
  const open = new Map<string, Delivery>()
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes
    if (scheduled?.activityType?.name === 'deliver') {
      const { channel, notice } = requestIn(firstValue(scheduled.input))
      const about = { channel, event: notice, since: isoTimeOf(event) }
      open.set(String(event.eventId), { activityId: scheduled.activityId ?? '', ...about })
    }
    const done = event.activityTaskCompletedEventAttributes
    if (done) open.delete(String(done.scheduledEventId))
    const ended = event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes
    const delivery = open.get(String(ended?.scheduledEventId))
    if (ended?.failure && delivery)
      open.set(String(ended.scheduledEventId), {
        ...delivery,
        givenUp: whyOf(ended.failure, delivery.channel),
      })
  }
  return [...open.values()]
}

function requestIn(value: unknown): { readonly channel: string; readonly notice: string } {
  const { channel, notice } = isObject(value) ? value : {}
  return {
    channel: String(channel ?? ''),
    notice: isObject(notice) ? String(notice['event'] ?? '') : '',
  }
}

type FailureOfTemporal = NonNullable<NonNullable<Event['activityTaskFailedEventAttributes']>['failure']>

/** The innermost reason: a timeout has the failure of the last attempt as its cause. */
function whyOf(failure: FailureOfTemporal, channel: string): string {
  if (failure.cause) return whyOf(failure.cause, channel)
  return saidBy(failure).replace(`channel ${channel}: `, '')
}
