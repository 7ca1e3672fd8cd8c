import type { LogEntry } from '../rendering/log-lines.ts'
import type { StepStory, Story } from '../story.ts'
import { took } from '../rendering/time.ts'

/** A stretch in which visitors got nothing, at most: it begins before, and ends after, it was really so. */
export interface Downtime {
  readonly from: number
  readonly to: number
  readonly note: string
}

/**
 * Where a plan tells: from the step that stops the old containers until the first probe after it is answered; in a
 * rollback, from where the new stack is taken down until the old containers run again. `until` is the end of what is known.
 */
export function downtimesIn({ phases }: Story, log: readonly LogEntry[], until: number): readonly Downtime[] {
  return phases.flatMap(({ steps }) => {
    const index = steps.findIndex(
      ({ kind, startedAt, nothingToDo }) =>
        kind === 'containers-stop' && startedAt !== undefined && nothingToDo === undefined,
    )
    const stop = steps[index]
    return stop ? ofStop(stop, steps.slice(index + 1), { log, until }) : []
  })
}

function ofStop(
  { step, startedAt = '' }: StepStory,
  after: readonly StepStory[],
  { log, until }: { readonly log: readonly LogEntry[]; readonly until: number },
): Downtime[] {
  const answered = after.find(
    ({ kind, state, endedAt }) => kind === 'http-probe' && endedAt !== undefined && state !== 'failed',
  )
  const back = log.find((told) => told.event === 'undone' && told.step === step)
  if (!answered?.endedAt) return [downtime(ms(startedAt), back ? ms(back.at) : until)]
  const first = downtime(ms(startedAt), ms(answered.endedAt))
  const serving = after.filter(({ kind }) => kind === 'compose-up').map((one) => one.step)
  const down = log.find((told) => told.event === 'undoing' && serving.includes(told.step ?? ''))
  return back && down && down.at < back.at ? [first, downtime(ms(down.at), ms(back.at))] : [first]
}

function downtime(from: number, to: number): Downtime {
  return { from, to, note: `no answer for at most ${took(to - from)}` }
}

function ms(at: string): number {
  return new Date(at).getTime()
}
