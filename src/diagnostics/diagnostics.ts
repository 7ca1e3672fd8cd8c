import type { Problem } from '../errors.ts'
import type { Path, Place, Places } from './places.ts'

/** A problem without its position. */
export type ProblemText = Pick<Problem, 'code' | 'message' | 'hint' | 'severity'>

/** Collects the problems of a plan or an inventory, so that all are reported at once. */
export interface Diagnostics {
  /** Reports at the value of a path. */
  at(path: Path, wrong: ProblemText): void
  /** Reports at the key of a path. */
  atKey(path: Path, wrong: ProblemText): void
  /** Reports at a text inside the value of a path. */
  atText(path: Path, text: string, wrong: ProblemText): void
  /** Reports in another file. */
  inFile(file: string, place: Place, wrong: ProblemText): void
  /** Returns the position of the value of a path. */
  place(path: Path): { readonly file: string } & Place
  /** Returns all problems, sorted by position, without duplicates. */
  all(): readonly Problem[]
}

// A file of 1 MiB can have a problem in every byte.
const LIMIT_KEPT = 2000

export function diagnostics(file: string, places: Places): Diagnostics {
  const found: Problem[] = []
  let left = 0
  const add = (where: { file: string } & Place, wrong: ProblemText): void => {
    if (found.length < LIMIT_KEPT) found.push({ ...where, ...wrong })
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
    message: `there are more than ${LIMIT_KEPT} problems; the rest is omitted`,
    hint: 'fix these, then check again',
  }
}

/** Escapes control characters: a name may contain a line break, and each problem is one line. */
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

// Temporal limits the size of a failure.
const LIMIT_REPORTED = 50

/** Returns the first 50 errors, and one with the number of the rest. Omits warnings. */
export function errorsToReport(problems: readonly Problem[]): readonly Problem[] {
  const errors = problems.filter(({ severity }) => severity !== 'warning')
  const next = errors[LIMIT_REPORTED]
  if (!next) return errors
  const more = { code: 'more-problems', message: `and ${errors.length - LIMIT_REPORTED} more` }
  return [
    ...errors.slice(0, LIMIT_REPORTED),
    { file: next.file, line: next.line, column: next.column, ...more },
  ]
}
