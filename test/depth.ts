import { describe, it } from 'vitest'

/**
 * Whether tests go to their whole depth: every shell, every kill, every phase. Set by `npm run test:all`, and where histories are
 * saved, which needs every run that decisions.test.ts makes. Without it they run at the depth of `npm test`.
 */
export const wholeDepth =
  process.env['REINSTATE_TEST_ALL'] === '1' || process.env['REINSTATE_SAVE_HISTORIES'] !== undefined

/** All of these at the whole depth; in `npm test` the named ones. */
export function inDepth<One>(all: readonly One[], inNpmTest: readonly NoInfer<One>[]): readonly One[] {
  return wholeDepth ? all : inNpmTest
}

/** `it` where the condition holds. Elsewhere there is no such test, rather than a skipped one: nobody forgot it. */
export function itIf(condition: boolean): (name: string, test: () => unknown, timeout?: number) => void {
  return condition ? it : () => undefined
}

/** A test of `npm run test:all` alone. */
export const itInDepth = itIf(wholeDepth)

/** Tests of `npm run test:all` alone: a suite without a test would fail. */
export const describeInDepth: (name: string, tests: () => void) => void = wholeDepth
  ? describe
  : () => undefined

/** Every n-th of these in `npm test`, all of them at the whole depth. */
export function everyNth<One>(n: number, all: readonly One[]): readonly One[] {
  return wholeDepth ? all : all.filter((_, index) => index % n === 0)
}
