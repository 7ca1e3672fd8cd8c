import { ReinstateError } from '../errors.ts'

/** What every command ends with; the help lists them. */
export const exitCodes = { done: 0, failed: 1, badInput: 2, notReachable: 3, waits: 4 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodeHelp = `
Exit codes:
  0  done
  1  failed, stopped or rolled back
  2  bad input: nothing was started
  3  Temporal, a worker or a host cannot be reached
  4  waits for a decision`

/** What was typed cannot be meant; nothing was started. `next` is a command to type. */
export class BadInput extends ReinstateError {
  override readonly name = 'BadInput'
  constructor(reason: string, next?: string) {
    super(next === undefined ? reason : `${reason}\n  next: ${next}`, { reason, next })
  }
}

/** Errors by name: those of a failed workflow have crossed Temporal and are no instances of a class any more. */
const codeOfName: Readonly<Record<string, ExitCode>> = {
  BadInput: exitCodes.badInput,
  FileIsThere: exitCodes.badInput,
  NotWritten: exitCodes.badInput,
  PlanNotMade: exitCodes.badInput,
  SettingRefused: exitCodes.badInput,
  KeyRefused: exitCodes.badInput,
  PlanRefused: exitCodes.badInput,
  PreviewDrifted: exitCodes.badInput,
  SecretMissing: exitCodes.badInput,
  OtherWorker: exitCodes.badInput,
  TemporalUnreachable: exitCodes.notReachable,
  NoWorker: exitCodes.notReachable,
  BinaryMissing: exitCodes.notReachable,
  NotReady: exitCodes.notReachable,
  PortTaken: exitCodes.notReachable,
  NeedsLinux: exitCodes.notReachable,
  HostUnreachable: exitCodes.notReachable,
  HostKeyUnknown: exitCodes.notReachable,
  HostKeyMismatch: exitCodes.notReachable,
  HostKeyRevoked: exitCodes.notReachable,
}

/** The exit code for an error, by its name; 1 for any other. */
export function exitCodeOf(name: string | undefined): ExitCode {
  return codeOfName[name ?? ''] ?? exitCodes.failed
}
