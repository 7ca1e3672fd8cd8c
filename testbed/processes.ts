import { readFileSync, readdirSync } from 'node:fs'

/** A process of this machine, in any PID namespace. */
export interface Process {
  readonly pid: number
  /** Its arguments, joined by spaces. */
  readonly commandLine: string
}

/** Returns all processes with a command line, which kernel threads and zombies lack. */
export function processes(): readonly Process[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const found = numbers.map((pid) => ({ pid: Number(pid), commandLine: commandLineOf(pid) }))
  return found.filter(({ commandLine }) => commandLine !== '')
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trimEnd()
  } catch {
    // It has already ended.
    return ''
  }
}
