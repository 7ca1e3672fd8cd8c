import type { Temporal } from '../embedded/connection.ts'
import type { Beat } from '../host/host.ts'
import { firstValue } from './payloads.ts'
import type { Event } from './payloads.ts'
import type { LogEntry } from './rendering/log-lines.ts'
import { stepIsBlocked } from './step-events.ts'

/** The steps of a workflow that cannot go on at the moment; histories tell of them only once they go on. */
export async function blockedNow({ client }: Temporal, events: readonly Event[]): Promise<LogEntry[]> {
  const id = events[0]?.workflowExecutionStartedEventAttributes?.workflowId
  if (!id || isClosed(events)) return []
  const { raw } = await client.workflow.getHandle(id).describe()
  return (raw.pendingActivities ?? []).flatMap(({ activityId, heartbeatDetails, lastFailure }) => {
    // Written by activities of this project only.
    const beat = firstValue(heartbeatDetails) as Beat | undefined
    const since = beat?.unreachableSince
    const why =
      since === undefined ? lastFailure?.message : `its host cannot be reached; it is tried again and again`
    const scheduled = events.find(
      ({ activityTaskScheduledEventAttributes: activity }) => activity && activity.activityId === activityId,
    )
    const told = why ? stepIsBlocked(scheduled, why) : undefined
    return told ? [{ at: since ?? new Date().toISOString(), ...told }] : []
  })
}

function isClosed(events: readonly Event[]): boolean {
  const last = events.at(-1)
  return [
    last?.workflowExecutionCompletedEventAttributes,
    last?.workflowExecutionFailedEventAttributes,
    last?.workflowExecutionCanceledEventAttributes,
    last?.workflowExecutionTerminatedEventAttributes,
    last?.workflowExecutionTimedOutEventAttributes,
  ].some(Boolean)
}
