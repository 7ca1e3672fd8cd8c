import { firstValue, isObject, isoTimeOf, summaryOf } from './payloads.ts'
import type { Event } from './payloads.ts'
import { entry } from './rendering/log-lines.ts'
import type { LogEntry, LogEvent } from './rendering/log-lines.ts'
import { stepBegins, stepEnds, stepGoesOn } from './step-events.ts'

type Entry = Omit<LogEntry, 'at'>

/** What happened in one workflow of a run, in words; events that say nothing to people are left out. */
export function historyEntries(events: readonly Event[]): LogEntry[] {
  const byId = new Map(events.map((event) => [String(event.eventId), event]))
  const workflowId = events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? ''
  return events.flatMap((event) => {
    const told = stepEntry(event, byId) ?? decisionEntry(event, byId) ?? workflowEntry(event, workflowId)
    return told ? [{ at: isoTimeOf(event), ...told }] : []
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
  const begun = event.activityTaskStartedEventAttributes
  if (begun) return stepGoesOn(event, byId.get(String(begun.scheduledEventId)))
  const ended =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes
  return ended ? stepEnds(event, byId.get(String(ended.scheduledEventId))) : undefined
}

function decisionEntry(event: Event, byId: ReadonlyMap<string, Event>): Entry | undefined {
  const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input
  if (update?.name === 'decide') {
    return answered('decided', firstValue(update.args), 'update')
  }
  // A signal is accepted whatever it says; whether it was taken stands in the run's status.
  const signal = event.workflowExecutionSignaledEventAttributes
  if (signal?.signalName === 'decide') return answered('answered', firstValue(signal.input), 'signal')
  if (event.timerStartedEventAttributes) return timerEntry('asked', summaryOf(event))
  const fired = event.timerFiredEventAttributes
  const began = fired && byId.get(String(fired.startedEventId))
  return began && questionIn(summaryOf(began)) ? timerEntry('unanswered', summaryOf(began)) : undefined
}

/** Timers are waits for an answer, or for the next try. */
function timerEntry(event: 'asked' | 'unanswered', summary: string | undefined): Entry | undefined {
  if (summary === undefined) return undefined
  const question = questionIn(summary)
  if (question === undefined) return ours('waiting', summary)
  return ours(
    event,
    event === 'asked' ? `waits for a decision: ${question}` : `nobody answered in time: ${question}`,
  )
}

function questionIn(summary: string | undefined): string | undefined {
  return /^DECIDE (.*)$/s.exec(summary ?? '')?.[1]
}

function answered(event: LogEvent, answer: unknown, via: string): Entry {
  const { decision, choice, by, reason } = isObject(answer) ? answer : {}
  const said = typeof reason === 'string' ? `: ${reason}` : ''
  return entry({
    role: typeof by === 'string' ? by : 'somebody',
    event,
    message: `${String(decision)}: ${String(choice)} (${via})${said}`,
  })
}

function workflowEntry(event: Event, id: string): Entry | undefined {
  if (event.workflowExecutionStartedEventAttributes) {
    const summary = summaryOf(event)
    return ours('started', summary === undefined ? id : `${id}: ${summary}`)
  }
  if (event.workflowExecutionCompletedEventAttributes) return ours('done', `${id} is done`)
  if (event.workflowExecutionCanceledEventAttributes) return ours('cancelled', `${id} was cancelled`)
  if (event.workflowExecutionCancelRequestedEventAttributes) return ours('cancelled', `${id}: a cancel came`)
  const terminated = event.workflowExecutionTerminatedEventAttributes
  if (terminated) return ours('failed', `${id} was terminated: ${terminated.reason || 'no reason given'}`)
  const failure = event.workflowExecutionFailedEventAttributes?.failure
  return failure ? ours('failed', `${id}: ${failure.message ?? 'it did not say why'}`) : undefined
}

function ours(event: LogEvent, message: string): Entry {
  return entry({ role: 'reinstate', event, message })
}
