/** The durations of the parts of a demo, including the set-up by the scripts. */
export function measureParts() {
  const seconds: [string, number][] = []
  const begun = Number(process.env['REINSTATE_STARTED'] ?? NaN)
  if (!Number.isNaN(begun))
    seconds.push(['packages, build, binaries, engine, images', Date.now() / 1000 - begun])
  return {
    measure: async <Result>(part: string, work: () => Promise<Result>): Promise<Result> => {
      const started = performance.now()
      try {
        return await work()
      } finally {
        seconds.push([part, (performance.now() - started) / 1000])
      }
    },
    print: () => {
      const width = Math.max(...seconds.map(([part]) => part.length))
      const total = seconds.reduce((sum, [, part]) => sum + part, 0)
      const lines = [...seconds, ['in all', total] as const]
      process.stdout.write(
        `\n${lines.map(([part, time]) => `  ${part.padEnd(width)} ${time.toFixed(1).padStart(7)} s`).join('\n')}\n`,
      )
    },
  }
}
