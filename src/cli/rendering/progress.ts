import type { Beat } from '../../host/host.ts'
import type { StepStory } from '../story.ts'
import { between, bytes, took } from './time.ts'

/** `312 MiB of 1.2 GiB, 40 s left`; empty where nothing is known. */
export function progressText(beat: Beat | undefined, now: Date): string {
  if (!beat) return ''
  if (beat.unreachableSince !== undefined)
    return `host unreachable for ${between(beat.unreachableSince, now)}`
  if (!beat.progress) return ''
  const { text, doneBytes, totalBytes, secondsLeft } = beat.progress
  const amount =
    doneBytes === undefined ? '' : `${bytes(doneBytes)}${totalBytes ? ` of ${bytes(totalBytes)}` : ''}`
  const left = secondsLeft === undefined ? '' : `${took(secondsLeft * 1000)} left`
  return [amount === '' ? text : amount, left].filter(Boolean).join(', ')
}

/** Tenths of the way, 0 to 10; undefined where the whole is not known. A log prints a line for each. */
export function tenths({ beat }: StepStory): number | undefined {
  const { doneBytes, totalBytes } = beat?.progress ?? {}
  return doneBytes === undefined || !totalBytes ? undefined : Math.floor((10 * doneBytes) / totalBytes)
}
