/** `2026-11-21 10:02:11 UTC`: a report is read in other time zones than it was made in. */
export function utc(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`
}
