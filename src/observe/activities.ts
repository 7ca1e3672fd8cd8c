import { activityInfo } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { Activities } from '../activities/activities.ts'
import type { StepRequest } from '../workflows/messages.ts'
import type { Pino } from './logger.ts'
import type { Meter } from './meter.ts'

const DONE = {
  inspect: 'step inspected',
  apply: 'step applied',
  verify: 'step verified',
  hold: 'step held',
  undo: 'step undone',
} as const
type Operation = keyof typeof DONE

/** The same activities; logs what became of each, and counts the durations of those of steps. */
export function observedActivities(
  activities: Activities,
  { log, meter }: { readonly log: Pino; readonly meter: Meter },
): Activities {
  const observed = Object.entries(activities).map(([name, activity]) => [
    name,
    async (request: unknown) => {
      const began = performance.now()
      const about = fieldsOf(name, request)
      const finish = (result: string, error?: unknown) => {
        const seconds = (performance.now() - began) / 1000
        const operation = operationOf(name)
        if (operation)
          meter.record('reinstate_step_duration_seconds', seconds, {
            kind: about.kind ?? '',
            operation,
            result,
          })
        const fields = { ...about, result, seconds: Math.round(seconds * 1000) / 1000 }
        if (error === undefined)
          log[operation ? 'info' : 'debug'](fields, operation ? DONE[operation] : `${name} done`)
        else log.warn({ ...fields, ...failureOf(error) }, `${name} ${result}`)
      }
      try {
        const answer = await (activity as (request: unknown) => Promise<unknown>)(request)
        finish('ok')
        return answer
      } catch (error) {
        finish(resultOf(error), error)
        throw error
      }
    },
  ])
  // Each activity keeps its request and its result.
  return Object.fromEntries(observed) as Activities
}

function operationOf(name: string): Operation | undefined {
  return name in DONE ? (name as Operation) : undefined
}

/** What the log says of each activity; of a step, all of it. */
function fieldsOf(
  name: string,
  request: unknown,
): Readonly<Record<string, string | number>> & { readonly kind?: string } {
  const { ref, phase, step, attempt } = (request ?? {}) as Partial<StepRequest>
  const { taskQueue } = activityInfo()
  const ofRun = { ...(ref?.run !== undefined && { run: ref.run }), taskQueue }
  if (!operationOf(name) || step === undefined) return ofRun
  const { step: id, kind, host } = step
  return { ...ofRun, phase: phase ?? '', step: id, kind, host, attempt: attempt ?? 1 }
}

function resultOf(error: unknown): string {
  if (error instanceof CancelledFailure) return 'stopped'
  const type = error instanceof ApplicationFailure ? error.type : undefined
  if (type === 'OutcomeUnknown') return 'unknown'
  return type === 'HostUnreachable' ? 'unreachable' : 'failed'
}

/** As in the history, where secrets are replaced. */
function failureOf(error: unknown): { readonly type?: string; readonly error: string } {
  const text = error instanceof Error ? error.message : String(error)
  const type = error instanceof ApplicationFailure ? error.type : undefined
  return { ...(type != null && { type }), error: text.slice(0, 2000) }
}
