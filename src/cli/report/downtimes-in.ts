import type { LogEntry } from '../rendering/log-lines.ts'
import type { Story } from '../story.ts'
import { took } from '../rendering/time.ts'

/** A stretch in which visitors got nothing, at most: it begins before, and ends after, it was really so. */
export interface Downtime {
  readonly from: number
  readonly to: number
  readonly note: string
}

/**
 * The downtime that the run tells of, and what a rollback adds: from where the first step after the stop is undone until
 * the stop itself is. `until` is the end of what is known. None where the plan names none.
 */
export function downtimesIn(
  { status: { downtime: told }, phases }: Story,
  log: readonly LogEntry[],
  until: number,
): readonly Downtime[] {
  const steps = phases.flatMap((phase) => phase.steps)
  const index = steps.findIndex(({ step }) => step === told?.from)
  const { startedAt, nothingToDo } = steps[index] ?? {}
  if (startedAt === undefined || nothingToDo !== undefined) return []

  const back = log.find(({ event, step }) => event === 'undone' && step === told?.from)
  const last = steps.findIndex(({ step }) => step === told?.to)
  const { state, endedAt } = steps[last] ?? {}
  if (endedAt === undefined || state === 'failed')
    return [downtime(ms(startedAt), back ? ms(back.at) : until)]
  const first = downtime(ms(startedAt), ms(endedAt))
  const after = steps.slice(index + 1, last).map(({ step }) => step)
  const down = log.find(({ event, step = '' }) => event === 'undoing' && after.includes(step))
  return back && down && down.at < back.at ? [first, downtime(ms(down.at), ms(back.at))] : [first]
}

function downtime(from: number, to: number): Downtime {
  return { from, to, note: `no answer for at most ${took(to - from)}` }
}

function ms(at: string): number {
  return new Date(at).getTime()
}
