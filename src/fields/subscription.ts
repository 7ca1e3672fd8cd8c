import { z } from 'zod'
import { duration } from './duration.ts'
import { id } from './id.ts'

/** What of a run people can be notified of. */
export const topics = ['started', 'waits', 'rolling-back', 'failed', 'done'] as const

const REMIND = { after: 3600, times: 3 } as const

/** One channel, and what is sent to it. */
const subscription = z.strictObject({
  channel: id.meta({
    description: 'The name of a channel in notify.yaml, beside the inventory of the worker',
  }),
  on: z
    .array(z.enum(topics))
    .min(1)
    .refine((all) => new Set(all).size === all.length, { error: 'names one twice' })
    .default(['waits', 'rolling-back', 'failed', 'done'])
    .meta({
      description:
        'What is sent: started, waits, rolling-back, failed, done. Default: all but started. A reminder and a reopened gate belong to waits',
      uniqueItems: true,
    }),
  remind: z
    .strictObject({
      after: duration
        .refine((seconds) => seconds >= 60, { error: 'must be at least 1 minute' })
        .default(REMIND.after)
        .meta({ description: 'The time between two reminders. Default: 1 hour' }),
      times: z
        .int()
        .min(0)
        .max(100)
        .default(REMIND.times)
        .meta({ description: 'The most reminders for one question. Default: 3' }),
    })
    .default(REMIND)
    .meta({ description: 'When a question is still open: { after, times }. An answer ends the reminders' }),
})

/** What is sent to which channel, each channel once. */
export const subscriptions = z
  .array(subscription)
  .min(1)
  .max(20)
  .refine((all) => new Set(all.map(({ channel }) => channel)).size === all.length, {
    error: 'names a channel twice',
    when: ({ issues }) => issues.length === 0,
  })

export type Topic = (typeof topics)[number]

/** What is sent to a channel. `remind.after` is in seconds. */
export interface Subscription {
  readonly channel: string
  readonly on: readonly Topic[]
  readonly remind: { readonly after: number; readonly times: number }
}
