import type { Problem } from '../errors.ts'
import type { Path, Place, Places } from './places.ts'

/** What is wrong, in words; where it is comes from the call. */
export type Wrong = Pick<Problem, 'code' | 'message' | 'hint'>

/** Gathers all that is wrong with a plan, so that a reader gets everything at once. */
export interface Findings {
  /** At the value of this path. */
  at(path: Path, wrong: Wrong): void
  atKey(path: Path, wrong: Wrong): void
  /** At this text inside the value. */
  atText(path: Path, text: string, wrong: Wrong): void
  /** In a file beside the plan. */
  inFile(file: string, place: Place, wrong: Wrong): void
  /** In the order of the file, each once. */
  all(): readonly Problem[]
}

export function findings(file: string, places: Places): Findings {
  const found: Problem[] = []
  const add = (where: { file: string } & Place, wrong: Wrong): void => void found.push({ ...where, ...wrong })
  return {
    at: (path, wrong) => add({ file, ...places.value(path) }, wrong),
    atKey: (path, wrong) => add({ file, ...places.key(path) }, wrong),
    atText: (path, text, wrong) => add({ file, ...places.text(path, text) }, wrong),
    inFile: (other, place, wrong) => add({ file: other, ...place }, wrong),
    all: () => inOrder(found),
  }
}

// All of them travel in a failure of Temporal, which has to stay small.
const MOST = 50

/** By file, line and column; what was found twice (by every value of an `each`) is there once. At most 50. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const once = new Map(problems.map((problem) => [JSON.stringify(problem), problem]))
  const sorted = [...once.values()].sort(
    (one, other) =>
      (one.file === other.file ? 0 : one.file < other.file ? -1 : 1) ||
      one.line - other.line ||
      one.column - other.column,
  )
  const next = sorted[MOST]
  if (!next) return sorted
  const more = { code: 'more-problems', message: `and ${sorted.length - MOST} more from here on` }
  return [...sorted.slice(0, MOST), { file: next.file, line: next.line, column: next.column, ...more }]
}
