import type { Evidence } from '../steps/step-kind.ts'
import type { LookResult, StepRequest } from '../workflows/messages.ts'
import { firstValue, isObject } from './payloads.ts'
import type { Event, Payloads } from './payloads.ts'
import type { LogEntry, LogStatus } from './rendering/log-lines.ts'

type Entry = Omit<LogEntry, 'at'>

const BEGINS: Readonly<Record<string, LogStatus>> = { look: 'STARTED', run: 'RUNNING', undo: 'UNDOING' }

/** A step's look, run or undo that begins; undefined for what is no activity of a step. */
export function stepBegins({ activityTaskScheduledEventAttributes: activity }: Event): Entry | undefined {
  const status = BEGINS[activity?.activityType?.name ?? '']
  const step = stepIn(activity?.input)
  return status && step ? { ...step.by, status, message: `${step.name}: ${step.title}` } : undefined
}

/** How a step's look, run, verify or undo ended, where `start` is the event that scheduled it. */
export function stepEnds(event: Event, start: Event | undefined): Entry | undefined {
  const activity = start?.activityTaskScheduledEventAttributes
  const kind = activity?.activityType?.name ?? ''
  const step = stepIn(activity?.input)
  if (!step) return undefined
  const { by, name } = step
  if (event.activityTaskCanceledEventAttributes) {
    return { ...by, status: 'CANCELLED', message: `${name}: ${kind}` }
  }
  const failed =
    event.activityTaskFailedEventAttributes?.failure ?? event.activityTaskTimedOutEventAttributes?.failure
  if (failed) {
    const why = failed.cause?.message ?? failed.message ?? 'it did not say why'
    return { ...by, status: 'FAILED', message: `${name}: ${kind}: ${why}` }
  }
  const result = firstValue(event.activityTaskCompletedEventAttributes?.result)
  switch (kind) {
    case 'look':
      return { ...by, status: 'LOOKED', message: `${name}: ${foundBy(result as LookResult)}` }
    case 'run':
      return { ...by, status: 'RAN', message: name }
    case 'verify': {
      const { strength, summary } = result as Evidence
      return { ...by, status: 'VERIFIED', message: `${name}: ${strength}: ${summary}` }
    }
    case 'undo':
      return { ...by, status: 'UNDONE', message: name }
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
  const { phase, step, generation } = request as unknown as StepRequest
  return {
    by: { role: step.role ?? 'reinstate', step: step.step },
    name: `${phase}/${step.step}${generation > 1 ? ` (try ${generation})` : ''}`,
    title: `${step.title} (on ${step.host})`,
  }
}
