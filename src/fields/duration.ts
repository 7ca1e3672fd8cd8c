import { z } from 'zod'

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const
const LIMIT_DAYS = 366

/** `90 seconds`, `10 minutes`, `4 hours`, `2 days`; parsed to seconds. More than nothing, at most 366 days. */
export const duration = z
  .string()
  .regex(/^\d+ (second|minute|hour|day)s?$/, {
    error: ({ input }) => `must be a duration such as "${meant(String(input)) ?? '10 minutes'}"`,
  })
  .transform((text) => {
    const [amount = '', unit = ''] = text.split(' ')
    return Number(amount) * SECONDS[unit.replace(/s$/, '') as keyof typeof SECONDS]
  })
  .refine((seconds) => seconds > 0, { error: 'must be longer than nothing' })
  .refine((seconds) => seconds <= LIMIT_DAYS * SECONDS.day, { error: `must be at most ${LIMIT_DAYS} days` })
  .meta({
    title: 'duration',
    description: 'A whole number and a unit: 90 seconds, 10 minutes, 4 hours, 2 days',
    // As much as a pattern can say, for editors.
    pattern: '^0*[1-9]\\d* (?:second|minute|hour|day)s?$',
  })

/** `4h` and `10min` as they are written here. */
function meant(text: string): string | undefined {
  const [, amount, short = ''] = /^(\d{1,6})\s*([smhd])(?:ecs?|ins?|rs?|ays?)?$/i.exec(text) ?? []
  const unit = Object.keys(SECONDS).find((one) => one.startsWith(short.toLowerCase()))
  return amount === undefined ? undefined : `${amount} ${unit}${amount === '1' ? '' : 's'}`
}

/** As it would be written: `90 seconds`, `10 minutes`, in the largest unit of which it is a whole number. */
export function durationInWords(seconds: number): string {
  const units = Object.entries(SECONDS).reverse()
  const [unit, of] = units.find(([, one]) => seconds % one === 0) ?? ['second', 1]
  return `${seconds / of} ${unit}${seconds === of ? '' : 's'}`
}
