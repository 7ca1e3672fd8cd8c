import { z } from 'zod'

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const
const LIMIT_DAYS = 366

/** A number, then a unit as a word or, without a space, as its first letter. */
const DURATION = /^(\d+)(?: (second|minute|hour|day)s?|([smhd]))$/

/** `90s` or `90 seconds`, `10m`, `4h`, `2d`; parsed to seconds. More than 0, at most 366 days. */
export const duration = z
  .string()
  .regex(DURATION, { error: ({ input }) => `must be a duration such as ${example(String(input))}` })
  .transform((text) => {
    const [, amount = '', word, letter = ''] = DURATION.exec(text) ?? []
    return Number(amount) * SECONDS[unitOf(word ?? letter) ?? 'second']
  })
  .refine((seconds) => seconds > 0, { error: 'must be longer than 0' })
  .refine((seconds) => seconds <= LIMIT_DAYS * SECONDS.day, { error: `must be at most ${LIMIT_DAYS} days` })
  .meta({
    title: 'duration',
    description: 'A whole number and a unit: 90s, 10m, 4h, 2d, or 90 seconds, 10 minutes, 4 hours, 2 days',
    // For editors; covers only a part of the rules.
    pattern: '^0*[1-9]\\d*(?: (?:second|minute|hour|day)s?|[smhd])$',
  })

/** Suggests the valid form of `4 hrs` or `10MIN`; otherwise shows both forms. */
function example(text: string): string {
  const [, amount, unit] = /^(\d{1,6})\s*([smhd](?:ecs?|ins?|rs?|ays?)?)$/i.exec(text) ?? []
  return amount === undefined ? '"10m" or "10 minutes"' : `"${amount}${unit?.charAt(0).toLowerCase()}"`
}

function unitOf(beginning: string): keyof typeof SECONDS | undefined {
  return (Object.keys(SECONDS) as (keyof typeof SECONDS)[]).find((unit) => unit.startsWith(beginning))
}

/** Formats seconds as `90 seconds` or `10 minutes`, in the largest unit that gives a whole number. */
export function formatDuration(seconds: number): string {
  const units = Object.entries(SECONDS).reverse()
  const [unit, of] = units.find(([, one]) => seconds % one === 0) ?? ['second', 1]
  return `${seconds / of} ${unit}${seconds === of ? '' : 's'}`
}
