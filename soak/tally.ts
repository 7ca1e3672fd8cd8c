/** The kinds of faults that a soak makes. */
export const faults = [
  'cut socket',
  'killed session',
  'killed supervisor',
  'killed client',
  'duplicate client',
] as const
export type Fault = (typeof faults)[number]

/** Violations, each of which must be 0. */
export const wrongs = ['doubled', 'lost', 'wrong exit codes', 'output gaps', 'false states', 'stuck'] as const
export type Wrong = (typeof wrongs)[number]

/** The counts of a soak. */
export interface Tally {
  readonly runs: number
  readonly faults: Readonly<Record<Fault, number>>
  readonly wrongs: Readonly<Record<Wrong, number>>
  /** The number of commands by outcome. */
  readonly ends: Readonly<Record<string, number>>
  /** Descriptions of the violations. */
  readonly notes: readonly string[]
}

export function lastLine({ runs, faults, wrongs: counted }: Tally): string {
  const made = Object.values(faults).reduce((sum, count) => sum + count, 0)
  return `runs ${runs}, faults ${made}, ${formatCounts(counted)}`
}

export function formatCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

export function isClean({ wrongs }: Tally): boolean {
  return Object.values(wrongs).every((count) => count === 0)
}
