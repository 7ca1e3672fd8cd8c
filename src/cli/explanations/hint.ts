import type { Problem } from '../../errors.ts'
import { pageOf } from './index.ts'

/** A problem with what to do about it: its own hint, or that of its page. */
export function withHint(problem: Problem): Problem {
  const { hint = pageOf(problem.code)?.mend } = problem
  return hint === undefined ? problem : { ...problem, hint }
}
