import { firstValue, isObject, isoTimeOf, summaryOf } from './payloads.ts'
import type { Event } from './payloads.ts'
import type { LogEntry, LogStatus } from './rendering/log-lines.ts'
import { stepBegins, stepEnds } from './step-events.ts'

type Entry = Omit<LogEntry, 'at'>

/** What happened in one workflow of a run, in words; events that say nothing to people are left out. */
export function historyEntries(events: readonly Event[]): LogEntry[] {
  const byId = new Map(events.map((event) => [String(event.eventId), event]))
  const workflowId = events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? ''
  return events.flatMap((event) => {
    const entry = stepEntry(event, byId) ?? decisionEntry(event) ?? workflowEntry(event, workflowId)
    return entry ? [{ at: isoTimeOf(event), ...entry }] : []
  })
}

/** The workflows that this one started and that are told of: phases and rollbacks, not locks. */
export function childrenIn(events: readonly Event[]): string[] {
  return events.flatMap(({ childWorkflowExecutionStartedEventAttributes: started }) => {
    const id = started?.workflowExecution?.workflowId
    return id && started.workflowType?.name !== 'holdLock' ? [id] : []
  })
}

function stepEntry(event: Event, byId: ReadonlyMap<string, Event>): Entry | undefined {
  if (event.activityTaskScheduledEventAttributes) return stepBegins(event)
  const ended =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes
  return ended ? stepEnds(event, byId.get(String(ended.scheduledEventId))) : undefined
}

function decisionEntry(event: Event): Entry | undefined {
  const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input
  const signal = event.workflowExecutionSignaledEventAttributes
  if ((update?.name ?? signal?.signalName) === 'decide') {
    return decided(firstValue(update?.args ?? signal?.input), update ? 'update' : 'signal')
  }
  const waits = summaryOf(event)
  if (!event.timerStartedEventAttributes || waits === undefined) return undefined
  return ours('WAITING', waits)
}

function decided(answer: unknown, via: string): Entry {
  const { decision, choice, by, reason } = isObject(answer) ? answer : {}
  return {
    role: typeof by === 'string' ? by : 'somebody',
    status: 'DECIDED',
    message: `${String(decision)}: ${String(choice)} (${via})${typeof reason === 'string' ? `: ${reason}` : ''}`,
  }
}

function workflowEntry(event: Event, id: string): Entry | undefined {
  if (event.workflowExecutionStartedEventAttributes) {
    const summary = summaryOf(event)
    return ours('STARTED', summary === undefined ? id : `${id}: ${summary}`)
  }
  if (event.workflowExecutionCompletedEventAttributes) return ours('DONE', id)
  if (event.workflowExecutionCanceledEventAttributes) return ours('CANCELLED', id)
  if (event.workflowExecutionCancelRequestedEventAttributes) return ours('CANCELLED', `${id}: asked for`)
  const terminated = event.workflowExecutionTerminatedEventAttributes
  if (terminated) return ours('FAILED', `${id}: terminated: ${terminated.reason || 'no reason given'}`)
  const failure = event.workflowExecutionFailedEventAttributes?.failure
  return failure ? ours('FAILED', `${id}: ${failure.message ?? 'it did not say why'}`) : undefined
}

function ours(status: LogStatus, message: string): Entry {
  return { role: 'reinstate', status, message }
}
