import { z } from 'zod'
import { duration, formatDuration } from '../../fields/duration.ts'
import { manualKind } from '../step-kind.ts'

const fields = {
  for: duration.optional().meta({ title: 'duration', description: 'How long to wait: 10 minutes, 2 days' }),
  until: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-11-22T06:00:00Z' })
    .optional()
    .meta({ title: 'time', description: 'Alternative: until when. A time in the past is no wait' }),
}

/** A durable timer of the run: a restart of workers or of Temporal neither lengthens nor shortens it. */
export const wait = manualKind({
  kind: 'wait',
  summary: 'A time has passed. Changes no host',
  fields,
  oneOf: [['for', 'until']],
  timeoutMinutes: 60,

  validate: ({ for: seconds, until }) =>
    (seconds === undefined) === (until === undefined) ? 'needs one of for: and until:' : undefined,
  describe: ({ for: seconds, until }) =>
    seconds === undefined ? `wait until ${until}` : `wait ${formatDuration(seconds)}`,
  doneBy: ({ for: seconds, until }) =>
    seconds === undefined ? { who: 'clock', until: until ?? '' } : { who: 'clock', seconds },
  effects: () => [],

  verify: () => Promise.resolve({ summary: 'a timer of the run', strength: 'observed' }),
})
