import { appendFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends the output with one line that machines read: `N passed, N failed`, and skipped ones where there are any. The three numbers
 * also go to the file REINSTATE_COUNTS, from which `npm run test:all` makes its sum.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: 'passed' | 'failed' | 'skipped') =>
      tests.filter((test) => test.result().state === state).length
    // A file that cannot be loaded, or an error beside the tests, is a failure too.
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
    const again = tests.filter((test) => test.diagnostic()?.flaky)
    for (const test of again)
      process.stdout.write(`green at its second try: ${test.module.moduleId} > ${test.fullName}\n`)
    const skipped = count('skipped')
    const [passed, failed] = [count('passed'), count('failed') + broken]
    const line = `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`
    const counts = process.env['REINSTATE_COUNTS']
    if (counts !== undefined) appendFileSync(counts, `${passed} ${failed} ${skipped}\n`)
    process.on('exit', () => process.stdout.write(`${line}\n`))
  }
}
