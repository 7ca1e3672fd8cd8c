import type { Problem } from '../errors.ts'
import type { Path, Place, Places } from './places.ts'

/** A problem without its position. */
export type ProblemText = Pick<Problem, 'code' | 'message' | 'hint' | 'severity'>

/** Collects the problems of a plan or an inventory, so that all are reported at once. */
export interface Diagnostics {
  /** At the value of this path. */
  at(path: Path, wrong: ProblemText): void
  /** At the key of this path. */
  atKey(path: Path, wrong: ProblemText): void
  /** At this text inside the value. */
  atText(path: Path, text: string, wrong: ProblemText): void
  /** In a file beside the plan. */
  inFile(file: string, place: Place, wrong: ProblemText): void
  /** Where the value of this path stands. */
  place(path: Path): { readonly file: string } & Place
  /** In the order of the file, each once. */
  all(): readonly Problem[]
}

// A file of 1 MiB can have a problem in each of its bytes.
const MOST_KEPT = 2000

export function diagnostics(file: string, places: Places): Diagnostics {
  const found: Problem[] = []
  let left = 0
  const add = (where: { file: string } & Place, wrong: ProblemText): void => {
    if (found.length < MOST_KEPT) found.push({ ...where, ...wrong })
    else left += 1
  }
  return {
    at: (path, wrong) => add({ file, ...places.value(path) }, wrong),
    atKey: (path, wrong) => add({ file, ...places.key(path) }, wrong),
    atText: (path, text, wrong) => add({ file, ...places.text(path, text) }, wrong),
    inFile: (other, place, wrong) => add({ file: other, ...place }, wrong),
    place: (path) => ({ file, ...places.value(path) }),
    all() {
      const sorted = sortedProblems(found)
      const last = sorted.at(-1)
      return left === 0 || !last ? sorted : [...sorted, omitted(last)]
    },
  }
}

function omitted({ file, line, column }: Problem): Problem {
  return {
    file,
    line,
    column,
    code: 'more-problems',
    message: `there are more than these ${MOST_KEPT}, which are not told`,
    hint: 'fix these first, then check again',
  }
}

/** Escapes control characters: a name may hold a line break, and each problem is one line. */
function inOneLine(problem: Problem): Problem {
  const message = problem.message.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`.replace('\\u000a', '\\n'),
  )
  return { ...problem, message }
}

/** Sorts problems by file, line and column, and removes duplicates, such as those of each value of an `each`. */
export function sortedProblems(problems: readonly Problem[]): readonly Problem[] {
  const once = new Map(problems.map(inOneLine).map((problem) => [JSON.stringify(problem), problem]))
  return [...once.values()].sort(
    (one, other) =>
      (one.file === other.file ? 0 : one.file < other.file ? -1 : 1) ||
      one.line - other.line ||
      one.column - other.column,
  )
}

// All of them travel in a failure of Temporal, which has to stay small.
const MOST = 50

/** The errors that refuse a plan: the first 50, then their number. Warnings are left out. */
export function errorsToReport(problems: readonly Problem[]): readonly Problem[] {
  const errors = problems.filter(({ severity }) => severity !== 'warning')
  const next = errors[MOST]
  if (!next) return errors
  const more = { code: 'more-problems', message: `and ${errors.length - MOST} more from here on` }
  return [...errors.slice(0, MOST), { file: next.file, line: next.line, column: next.column, ...more }]
}
