/** The only place that writes to the terminal or asks it. */
import { createInterface } from 'node:readline/promises'

/** Prints results to stdout. */
export function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.map(printable).join('\n')}\n`)
}

/** Prints a JSON document for scripts. Escapes DEL and the C1 controls, which JSON leaves as they are and terminals obey. */
export function printJson(value: unknown): void {
  const escaped = JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  )
  process.stdout.write(`${escaped}\n`)
}

/** What a person may want to know meanwhile; never part of a result. */
export function note(line: string): void {
  process.stderr.write(`${printable(line)}\n`)
}

/** Whether stdin and stdout are a terminal. */
export function someoneIsThere(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY
}

/** Asks one line; undefined once `signal` aborts. */
export async function askLine(question: string, signal?: AbortSignal): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return (await lines.question(question, signal ? { signal } : {})).trim()
  } catch (error) {
    if (signal?.aborted) return undefined
    throw error
  } finally {
    lines.close()
  }
}

/** Removes control characters: a host's output must not control the terminal. */
export function printable(text: string): string {
  return text.replace(CONTROL, '')
}

const CONTROL =
  /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g
