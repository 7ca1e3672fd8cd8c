import { StepRefused } from '../errors.ts'
import type { Environment } from '../shell/command.ts'
import { quote } from '../shell/script.ts'
import { Secret } from '../shell/secret.ts'

/**
 * Shell lines that export an environment: they go over a pipe, never into arguments or onto a disk.
 * @throws StepRefused for a name that is no variable's, or a value with a NUL
 */
export function exportLines(environment: Environment): string {
  return Object.entries(environment)
    .map(([name, value]) => {
      const plain = value instanceof Secret ? value.reveal() : value
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        throw new StepRefused(`not the name of a variable: ${JSON.stringify(name)}`)
      if (plain.includes('\0'))
        throw new StepRefused(`the variable ${name} holds a NUL, which no environment can`)
      return `export ${name}=${quote(plain)}\n`
    })
    .join('')
}

/** The secrets of an environment. */
export function secretsIn(environment: Environment): readonly Secret[] {
  return Object.values(environment).filter((value) => value instanceof Secret)
}
