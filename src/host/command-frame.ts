import { StepRefused } from '../errors.ts'
import type { Environment } from '../shell/command.ts'
import { quote } from '../shell/script.ts'
import { Secret } from '../shell/secret.ts'

/** The input of a command: what `read_input` in remote-run.sh reads. */
export interface CommandInput {
  readonly environment: string
  readonly journal: string
  readonly script: string
}

/** Writes the input as lines of plain ASCII that `printf %b` turns back into exactly these bytes; the last has their lengths. */
export function framedInput({ environment, journal, script }: CommandInput): string {
  // The host lists journal entries line by line.
  const inOneLine = journal === '' ? '' : JSON.stringify(JSON.parse(journal))
  const lines = [environment, inOneLine, script].map(escapedForPrintf)
  return [...lines, `END ${lines.map(({ length }) => length).join(' ')}`, ''].join('\n')
}

/** Escapes bytes for `printf %b`. Always with four octal digits, so that a following digit is not read as part of the escape. */
export function escapedForPrintf(text: string): string {
  const escapes = [...Buffer.from(text)].map((byte) => {
    if (byte === 10) return '\\n'
    if (byte === 92) return '\\\\'
    return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, '0')}`
  })
  return escapes.join('')
}

/**
 * Writes an environment as shell lines that export it. They are sent through a pipe, never as arguments or on a disk.
 * @throws StepRefused for an invalid variable name, or a value with a NUL
 */
export function exportLines(environment: Environment): string {
  return Object.entries(environment)
    .map(([name, value]) => {
      const plain = value instanceof Secret ? value.reveal() : value
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        throw new StepRefused(`invalid variable name: ${JSON.stringify(name)}`)
      if (plain.includes('\0'))
        throw new StepRefused(`the variable ${name} contains a NUL, which an environment cannot hold`)
      return `export ${name}=${quote(plain)}\n`
    })
    .join('')
}

/** Returns the secrets of an environment. */
export function secretsIn(environment: Environment): readonly Secret[] {
  return Object.values(environment).filter((value) => value instanceof Secret)
}
