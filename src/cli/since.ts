import { duration } from '../fields/duration.ts'
import { BadInput } from './exit-codes.ts'

/** The ISO time for `2h`, `10 minutes` or `2026-11-21T10:02Z`, given by `--since`. @throws BadInput */
export function timeMeant(typed: string, now: Date): string {
  const { data: seconds } = duration.safeParse(typed)
  const time = seconds === undefined ? new Date(typed) : new Date(now.getTime() - seconds * 1000)
  const isDate = seconds !== undefined || /^\d{4}-\d\d-\d\d/.test(typed)
  if (isDate && !Number.isNaN(time.getTime())) return time.toISOString()
  throw new BadInput(
    `--since "${typed}" is neither a duration nor a time`,
    'use --since 2h, or --since 2026-11-21T10:02:00Z',
  )
}
