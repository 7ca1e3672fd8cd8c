import { faults } from '../testbed/strike.ts'
import type { Fault } from '../testbed/strike.ts'

/** How a run may end. `asked`: with an open question that names what is unknown. */
export const ends = ['done', 'rolled back', 'asked'] as const
export type End = (typeof ends)[number]

/** Violations, each of which must be 0. */
export const wrongs = [
  'lost rows',
  'differing ends',
  'neighbours harmed',
  'secrets seen',
  'locked',
  'left running',
  'other ends',
] as const
export type Wrong = (typeof wrongs)[number]

/** The result of a run, as a line of the file of results. */
export interface Result {
  readonly seed: number
  readonly number: number
  /** The drawn run as text. */
  readonly drawn: string
  readonly seconds: number
  /** The time to set up a fresh machine with the broken stack. */
  readonly freshSeconds: number
  readonly struck: readonly {
    readonly is: Fault
    readonly during: string
    /** Made during the rollback. */
    readonly onTheWayBack: boolean
  }[]
  /** Absent for any other ending. */
  readonly end?: End
  /** Its questions, without gates. */
  readonly asked: readonly string[]
  readonly wrongs: readonly { readonly wrong: Wrong; readonly what: string }[]
}

export interface Tally {
  readonly runs: number
  readonly faults: Readonly<Record<Fault, number>>
  /** Those made during a rollback. */
  readonly faultsBack: number
  readonly ends: Readonly<Record<End, number>>
  readonly wrongs: Readonly<Record<Wrong, number>>
}

export function tallied(results: readonly Result[]): Tally {
  return {
    runs: results.length,
    faults: counted(
      faults,
      results.flatMap(({ struck }) => struck.map(({ is }) => is)),
    ),
    faultsBack: results.flatMap(({ struck }) => struck.filter((one) => one.onTheWayBack)).length,
    ends: counted(
      ends,
      results.flatMap(({ end }) => end ?? []),
    ),
    wrongs: counted(
      wrongs,
      results.flatMap((result) => result.wrongs.map(({ wrong }) => wrong)),
    ),
  }
}

export function lastLine(tally: Tally): string {
  const made = Object.values(tally.faults).reduce((sum, count) => sum + count, 0)
  return `runs ${tally.runs}, faults ${made}, ${spelled(tally.ends)}, ${spelled(tally.wrongs)}`
}

export function spelled(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

export function isClean(tally: Tally): boolean {
  return Object.values(tally.wrongs).every((count) => count === 0)
}

function counted<Name extends string>(
  names: readonly Name[],
  found: readonly Name[],
): Readonly<Record<Name, number>> {
  // fromEntries loses the names' type.
  return Object.fromEntries(
    names.map((name) => [name, found.filter((one) => one === name).length]),
  ) as Record<Name, number>
}
