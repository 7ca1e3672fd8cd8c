import type { Reporter, TestModule } from 'vitest/node'

/** Prints the ten test files that took longest, with their seconds: where the minutes of a run are. */
export default class SlowestReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const timed = modules.map((module) => ({
      file: module.relativeModuleId,
      seconds: (module.diagnostic().collectDuration + module.diagnostic().duration) / 1000,
    }))
    const slowest = timed.toSorted((one, other) => other.seconds - one.seconds).slice(0, 10)
    if (slowest.length < 2) return
    const all = timed.reduce((sum, { seconds }) => sum + seconds, 0)
    const lines = slowest.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${file}`)
    process.stdout.write(
      `slowest of ${timed.length} test files, ${all.toFixed(0)} s together:\n${lines.join('\n')}\n\n`,
    )
  }
}
