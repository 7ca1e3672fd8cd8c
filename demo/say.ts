import type { Droplet } from '../testbed/droplet.ts'

/** Prints a line, or what an error says. */
export function say(line: unknown): void {
  process.stdout.write(`${line instanceof Error ? line.message : String(line)}\n`)
}

/** Runs a script on the droplet and prints both, the answer indented. */
export async function show(droplet: Droplet, script: string, as = script): Promise<void> {
  const { stdout } = await droplet.exec(script)
  say(`  droplet$ ${as}\n    ${stdout.trim().replaceAll('\n', '\n    ')}`)
}
