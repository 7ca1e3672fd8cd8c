import type { Script } from './script.ts'
import type { Secret } from './secret.ts'

export type Environment = Readonly<Record<string, string | Secret>>

/** A change to a host, as data: started at most once under its name. Its environment is never written to a disk. */
export interface Command {
  readonly is: 'command'
  readonly script: string
  readonly environment: Environment
  /** Wall time on the host; the command's whole session is stopped after it. */
  readonly timeoutSeconds: number
  /** Output beyond this stops the command. */
  readonly outputCapBytes: number
}

/** Something to find out: changes nothing, may be asked any number of times. */
export interface Question {
  readonly is: 'question'
  readonly script: string
  readonly environment: Environment
  readonly timeoutSeconds: number
}

interface Options {
  readonly environment?: Environment
  readonly timeoutSeconds?: number
  readonly outputCapBytes?: number
}

const MEBIBYTE = 1024 * 1024
const A_MONTH = 30 * 86_400

/** Runs under `sh`, stdin from /dev/null, in /. Without a timeout of its own the step's holds. Stops at 64 MiB of output. */
export function command(script: Script, options: Options = {}): Command {
  const { environment = {}, timeoutSeconds = A_MONTH, outputCapBytes = 64 * MEBIBYTE } = options
  return { is: 'command', script: script.text, environment, timeoutSeconds, outputCapBytes }
}

/** Times out after a minute unless said. */
export function question(script: Script, options: Omit<Options, 'outputCapBytes'> = {}): Question {
  const { environment = {}, timeoutSeconds = 60 } = options
  return { is: 'question', script: script.text, environment, timeoutSeconds }
}
