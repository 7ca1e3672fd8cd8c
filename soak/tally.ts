/** The kinds of faults that a soak makes. */
export const faults = [
  'cut socket',
  'killed session',
  'killed supervisor',
  'killed client',
  'duplicate client',
] as const
export type Fault = (typeof faults)[number]

/** What must never be. */
export const wrongs = ['doubled', 'lost', 'wrong exit codes', 'output gaps', 'false states', 'stuck'] as const
export type Wrong = (typeof wrongs)[number]

/** What a soak counts. */
export interface Tally {
  readonly runs: number
  readonly faults: Readonly<Record<Fault, number>>
  readonly wrongs: Readonly<Record<Wrong, number>>
  /** How many ended how. */
  readonly ends: Readonly<Record<string, number>>
  /** What was wrong with which run. */
  readonly notes: readonly string[]
}

export function lastLine({ runs, faults, wrongs: counted }: Tally): string {
  const made = Object.values(faults).reduce((sum, count) => sum + count, 0)
  return `runs ${runs}, faults ${made}, ${spelled(counted)}`
}

export function spelled(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

export function isClean({ wrongs }: Tally): boolean {
  return Object.values(wrongs).every((count) => count === 0)
}
