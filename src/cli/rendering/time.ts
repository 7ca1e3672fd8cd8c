/** Times for people. */

/** `10:02:11`, in the reader's own time zone. */
export function clock(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8)
}

/** `2026-11-21 10:02:11`, in the reader's own time zone. */
export function dateAndClock(iso: string): string {
  const date = new Date(iso)
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) =>
    `${part}`.padStart(2, '0'),
  )
  return `${day.join('-')} ${clock(iso)}`
}

/** `2026-11-21 10:02:11 UTC`: a report is read in other time zones than it was made in. */
export function utc(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function took(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`
}

/** An estimate: `about a minute`, `about 12 minutes`, `about 3 hours`. */
export function roughly(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60))
  if (seconds < 45) return 'less than a minute'
  if (minutes < 90) return minutes === 1 ? 'about a minute' : `about ${minutes} minutes`
  return `about ${Math.round(minutes / 60)} hours`
}

/** The time between two ISO times. */
export function between(from: string, until: string | Date): string {
  return took(new Date(until).getTime() - new Date(from).getTime())
}

/** The time in a run id: `20261121-1002`, UTC. */
export function stamp(at: Date): string {
  return at.toISOString().slice(0, 16).replaceAll('-', '').replaceAll(':', '').replace('T', '-')
}
