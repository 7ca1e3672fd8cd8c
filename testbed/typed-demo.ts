import { execa } from 'execa'
import { packageFolder } from '../src/config.ts'

/** The demo as somebody types it, in a process group of its own, as a terminal starts it: Ctrl-C is for all of them. */
export function typeDemo(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return execa('npm', ['run', '--silent', 'demo', '--', ...words], {
    cwd: packageFolder(),
    env,
    stdin: 'ignore',
    detached: true,
    reject: false,
  })
}

/** Types Ctrl-C when its first step begins, once `before` is done, and waits for its end. @throws where none began */
export async function interruptAtFirstStep(
  demo: ReturnType<typeof typeDemo>,
  before: () => Promise<void> | void,
): Promise<void> {
  let begun = false
  for await (const line of demo) {
    // What reinstate itself starts are phases.
    if (begun || !/^\[(?!reinstate\]).*: \[STARTED\] \S+\/\S+: /.test(line)) continue
    begun = true
    await before()
    if (demo.pid !== undefined) process.kill(-demo.pid, 'SIGINT')
  }
  if (!begun) throw new Error(`the demo ended before its first step: ${(await demo).stderr}`)
}
