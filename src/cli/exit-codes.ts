import { ReinstateError } from '../errors.ts'

/** The exit statuses of all commands; the help lists them. */
export const exitCodes = { done: 0, failed: 1, badInput: 2, notReachable: 3, waits: 4, notProven: 5 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodeHelp = `
Exit codes:
  0  done
  1  failed, stopped or rolled back; rollback and cancel that did what was asked exit with 0
  2  bad input: nothing was started
  3  Temporal, a worker or a host cannot be reached
  4  waits for a decision
  5  done, but people passed over the proof of a step`

/** The command line cannot be carried out; nothing was started. `next` is a command to type. */
export class BadInput extends ReinstateError {
  override readonly name = 'BadInput'
  constructor(reason: string, next?: string) {
    super(next === undefined ? reason : `${reason}\n  next: ${next}`, { reason, next })
  }
}

/** By name: errors of a failed workflow have crossed Temporal and are no longer instances of their classes. */
const codeOfName: Readonly<Record<string, ExitCode>> = {
  BadInput: exitCodes.badInput,
  BadRequest: exitCodes.badInput,
  FileIsThere: exitCodes.badInput,
  NotWritten: exitCodes.badInput,
  PlanNotMade: exitCodes.badInput,
  InitRefused: exitCodes.badInput,
  SettingRefused: exitCodes.badInput,
  KeyRefused: exitCodes.badInput,
  PayloadUnreadable: exitCodes.badInput,
  PlanRefused: exitCodes.badInput,
  PreviewDrifted: exitCodes.badInput,
  SecretMissing: exitCodes.badInput,
  OtherWorker: exitCodes.badInput,
  TemporalUnreachable: exitCodes.notReachable,
  NoWorker: exitCodes.notReachable,
  RunUnanswered: exitCodes.notReachable,
  BinaryMissing: exitCodes.notReachable,
  NotReady: exitCodes.notReachable,
  PortTaken: exitCodes.notReachable,
  NeedsLinux: exitCodes.notReachable,
  HostUnreachable: exitCodes.notReachable,
  HostKeyUnknown: exitCodes.notReachable,
  HostKeyMismatch: exitCodes.notReachable,
  HostKeyRevoked: exitCodes.notReachable,
}

/** The exit status for an error, by its name. Default: 1. */
export function exitCodeOf(name: string | undefined): ExitCode {
  return codeOfName[name ?? ''] ?? exitCodes.failed
}
