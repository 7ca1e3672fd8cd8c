import type { Script } from './script.ts'
import type { Secret } from './secret.ts'

export type Environment = Readonly<Record<string, string | Secret>>

/** A change to a host: started at most once under its name. Its environment is never written to a disk. */
export interface Command {
  readonly is: 'command'
  readonly script: string
  readonly environment: Environment
  /** Wall time on the host, after which the command's whole session is stopped. */
  readonly timeoutSeconds: number
  /** The command is stopped when its outputs exceed this. */
  readonly outputCapBytes: number
}

/** A query to a host: changes nothing, and is idempotent. */
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

/** Builds a command, which runs under `sh` in / with stdin from /dev/null. Defaults: the step's timeout, 64 MiB of output. */
export function command(script: Script, options: Options = {}): Command {
  const { environment = {}, timeoutSeconds = A_MONTH, outputCapBytes = 64 * MEBIBYTE } = options
  return { is: 'command', script: script.text, environment, timeoutSeconds, outputCapBytes }
}

/** Builds a question. Default timeout: 60 s. */
export function question(script: Script, options: Omit<Options, 'outputCapBytes'> = {}): Question {
  const { environment = {}, timeoutSeconds = 60 } = options
  return { is: 'question', script: script.text, environment, timeoutSeconds }
}
