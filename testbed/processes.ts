import { readFileSync, readdirSync } from 'node:fs'

/** Of this machine, in all of its namespaces. */
export interface Process {
  readonly pid: number
  /** Its words, joined by spaces. */
  readonly commandLine: string
}

/** All processes with a command line; threads of the kernel and zombies have none. */
export function processes(): readonly Process[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const found = numbers.map((pid) => ({ pid: Number(pid), commandLine: commandLineOf(pid) }))
  return found.filter(({ commandLine }) => commandLine !== '')
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trimEnd()
  } catch {
    // It has ended since.
    return ''
  }
}
