import { z } from 'zod'
import { duration, formatDuration } from '../../fields/duration.ts'
import { manualKind } from '../step-kind.ts'

const fields = {
  for: duration.optional().meta({ title: 'duration', description: 'How long: 10 minutes, 2 days' }),
  until: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-11-22T06:00:00Z' })
    .optional()
    .meta({ title: 'time', description: 'Or until when; a time that is past is no wait' }),
}

/** Time that passes on a timer of the run: a restart of workers or of Temporal neither lengthens nor shortens it. */
export const wait = manualKind({
  kind: 'wait',
  summary: 'Time has passed; the run waits for it, and no host is changed',
  fields,
  oneOf: [['for', 'until']],
  timeoutMinutes: 60,

  objection: ({ for: seconds, until }) =>
    (seconds === undefined) === (until === undefined) ? 'needs one of for: and until:' : undefined,
  describe: ({ for: seconds, until }) =>
    seconds === undefined ? `wait until ${until}` : `wait ${formatDuration(seconds)}`,
  doneBy: ({ for: seconds, until }) =>
    seconds === undefined ? { who: 'clock', until: until ?? '' } : { who: 'clock', seconds },
  effects: () => [],

  verify: () => Promise.resolve({ summary: 'the run waits by its own clock', strength: 'observed' }),
})
