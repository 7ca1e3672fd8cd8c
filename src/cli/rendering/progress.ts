import type { HeartbeatDetails } from '../../host/host.ts'
import { formatBytes } from '../../steps/format.ts'
import { between, took } from './time.ts'

/** `312.0 MB of 1.2 GB, 40 s left`; empty where nothing is known. */
export function progressText(beat: HeartbeatDetails | undefined, now: Date): string {
  if (!beat) return ''
  if (beat.unreachableSince !== undefined)
    return `host unreachable for ${between(beat.unreachableSince, now)}`
  if (!beat.progress) return ''
  const { text, doneBytes, totalBytes, secondsLeft } = beat.progress
  const amount =
    doneBytes === undefined
      ? ''
      : `${formatBytes(doneBytes)}${totalBytes ? ` of ${formatBytes(totalBytes)}` : ''}`
  const left = secondsLeft === undefined ? '' : `${took(secondsLeft * 1000)} left`
  return [amount === '' ? text : amount, left].filter(Boolean).join(', ')
}

/** Tenths of the way, 0 to 10; 0 where the whole is not known. A log prints a line for each. */
export function tenthsOf({ progress }: HeartbeatDetails): number {
  const { doneBytes, totalBytes } = progress ?? {}
  return doneBytes === undefined || !totalBytes ? 0 : Math.floor((10 * doneBytes) / totalBytes)
}
