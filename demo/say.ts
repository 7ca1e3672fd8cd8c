import type { TestHost } from '../testbed/test-host.ts'

/** Prints a line, or the message of an error. */
export function say(line: unknown): void {
  process.stdout.write(`${line instanceof Error ? line.message : String(line)}\n`)
}

/** Runs a script on the test host. Prints the script and its output, which is indented. */
export async function show(testHost: TestHost, script: string, as = script): Promise<void> {
  const { stdout } = await testHost.exec(script)
  say(`  server$ ${as}\n    ${stdout.trim().replaceAll('\n', '\n    ')}`)
}
