import type { Evidence } from '../steps/step-kind.ts'
import type { LookResult, StepRequest } from '../workflows/messages.ts'
import { firstValue, isObject } from './payloads.ts'
import type { Event, Payloads } from './payloads.ts'
import { entry } from './rendering/log-lines.ts'
import type { LogEntry, LogEvent } from './rendering/log-lines.ts'

type Entry = Omit<LogEntry, 'at'>

/** A step's look, run or undo that begins; undefined for what is no activity of a step. */
export function stepBegins({ activityTaskScheduledEventAttributes: activity }: Event): Entry | undefined {
  const step = stepIn(activity?.input)
  if (!step) return undefined
  const { by, name, title } = step
  switch (activity?.activityType?.name) {
    case 'look':
      return entry({ ...by, event: 'started', message: `${name}: ${title}` })
    case 'run':
      return entry({ ...by, event: 'running', message: `${name}: it is being done` })
    case 'undo':
      return entry({ ...by, event: 'undoing', message: `${name}: it is being undone: ${title}` })
    default:
      return undefined
  }
}

/** An attempt that begins after others failed for reasons of the infrastructure, such as a host that was away. */
export function stepGoesOn(event: Event, start: Event | undefined): Entry | undefined {
  const { lastFailure } = event.activityTaskStartedEventAttributes ?? {}
  const step = stepIn(start?.activityTaskScheduledEventAttributes?.input)
  if (!lastFailure || !step) return undefined
  const why = lastFailure.message ?? 'it did not say why'
  return entry({
    ...step.by,
    event: 'waiting',
    message: `${step.name}: goes on, after: ${why}`,
  })
}

/** A step's activity that cannot go on at the moment. */
export function stepIsBlocked(start: Event | undefined, why: string): Entry | undefined {
  const step = stepIn(start?.activityTaskScheduledEventAttributes?.input)
  return step && entry({ ...step.by, event: 'unreachable', message: `${step.name}: ${why}` })
}

/** How a step's look, run, verify or undo ended, where `start` is the event that scheduled it. */
export function stepEnds(event: Event, start: Event | undefined): Entry | undefined {
  const activity = start?.activityTaskScheduledEventAttributes
  const kind = activity?.activityType?.name ?? ''
  const step = stepIn(activity?.input)
  if (!step) return undefined
  const told = (word: LogEvent, said: string) =>
    entry({ ...step.by, event: word, message: `${step.name}: ${said}` })
  if (event.activityTaskCanceledEventAttributes) return told('cancelled', `${kind} was cancelled`)
  const failed =
    event.activityTaskFailedEventAttributes?.failure ?? event.activityTaskTimedOutEventAttributes?.failure
  if (failed) {
    const why = failed.cause?.message ?? failed.message ?? 'it did not say why'
    return told('failed', `${kind} failed: ${why}`)
  }
  const result = firstValue(event.activityTaskCompletedEventAttributes?.result)
  switch (kind) {
    case 'look':
      return told('looked', foundBy(result as LookResult))
    case 'run':
      return told('ran', 'it was done; its proof is next')
    case 'verify': {
      const { strength, summary } = result as Evidence
      return told('verified', `${strength}: ${summary}`)
    }
    case 'undo':
      return told('undone', 'it is undone')
    default:
      return undefined
  }
}

function foundBy(look: LookResult): string {
  if ('later' in look) return `known later: ${look.later}`
  if (look.changes.length > 0) return look.changes.join('; ')
  return `nothing to do: ${look.because ?? 'it is as it should be'}`
}

/** The argument of look, run, verify and undo; other activities have none with a step. */
function stepIn(input: Payloads) {
  const request = firstValue(input)
  if (!isObject(request) || !isObject(request['step'])) return undefined
  const { plan, phase, step, generation } = request as unknown as StepRequest
  return {
    by: { role: step.role ?? plan.plan, phase, step: step.step },
    name: `${phase}/${step.step}${generation > 1 ? ` (try ${generation})` : ''}`,
    title: step.host === '' ? step.title : `${step.title} (on ${step.host})`,
  }
}
