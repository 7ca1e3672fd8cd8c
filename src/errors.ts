/**
 * Every error that is thrown on purpose. A message says what happened, what was observed and what to do next.
 * Temporal carries `name` as the failure's type, and `data` as its details.
 */
import { rootCauseOf, tellingLines } from './root-cause.ts'
import type { RootCause } from './root-cause.ts'

export type { HeldPort } from './root-cause.ts'

/** Whether Temporal retries an activity after this error. The workflow counts a step's own failures (`attempts`). */
export const retriedByTemporal: Readonly<Record<string, boolean>> = {
  HostUnreachable: true,
  HostKeyUnknown: false,
  HostKeyMismatch: false,
  HostKeyRevoked: false,
  HostNotReady: false,
  NeedsLinux: false,
  CommandFailed: false,
  QuestionFailed: false,
  OutcomeUnknown: false,
  NotStarted: false,
  TokenConflict: false,
  PlanRefused: false,
  StepRefused: false,
  StepNotVerified: false,
  SecretMissing: false,
  LockHeld: false,
  NotSigned: false,
  NotFromRun: false,
  NotDelivered: true,
}

/** `data` is for scripts and the workflow. */
export abstract class ReinstateError extends Error {
  abstract override readonly name: string
  readonly data: Readonly<Record<string, unknown>>

  constructor(message: string, data: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.data = data
  }
}

/** One problem of a plan or an inventory. Lines and columns count from 1. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** The column after the last character, for underlining. Absent if it is unknown or in another line. */
  readonly end?: number
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** Default: an error, which refuses the plan. */
  readonly severity?: 'warning'
}

/** A plan, its inputs or its files are invalid. Nothing was sent to a host. */
export class PlanRefused extends ReinstateError {
  override readonly name = 'PlanRefused'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(problems.map(problemLine).join('\n'), { problems })
    this.problems = problems
  }
}

/** Formats a problem as `file:line:column code message (hint)`, for editors and scripts. */
export function problemLine({ file, line, column, code, message, hint }: Problem): string {
  return `${file}:${line}:${column} ${code} ${message}${hint ? ` (${hint})` : ''}`
}

/** The connection failed, or broke and could not be restored. A running command continues on the host. */
export class HostUnreachable extends ReinstateError {
  override readonly name = 'HostUnreachable'
  constructor(host: string, reason: string) {
    super(`host ${host} cannot be reached: ${reason}`, { host, reason })
  }
}

/** No key of the host is pinned. `line` is the line that `reinstate trust` would pin. */
export class HostKeyUnknown extends ReinstateError {
  override readonly name = 'HostKeyUnknown'
  constructor(host: string, line: string, fingerprint: string) {
    super(
      `host ${host} has the key ${fingerprint}, which is not pinned; compare it, then: reinstate trust ${host}`,
      {
        host,
        line,
        fingerprint,
      },
    )
  }
}

/** The host's key differs from the pinned one. No part of the authentication was sent. */
export class HostKeyMismatch extends ReinstateError {
  override readonly name = 'HostKeyMismatch'
  constructor(host: string, keys: { readonly pinned: string; readonly shown: string }) {
    super(
      `host ${host} has the key ${keys.shown}, but ${keys.pinned} is pinned; nothing was sent. ` +
        `Another machine may answer. If the host was reinstalled: reinstate trust ${host} --replace`,
      { host, ...keys },
    )
  }
}

/** A @revoked line of known_hosts names the host's key. No part of the authentication was sent. */
export class HostKeyRevoked extends ReinstateError {
  override readonly name = 'HostKeyRevoked'
  constructor(host: string, fingerprint: string) {
    super(
      `host ${host} has the key ${fingerprint}, which known_hosts marks as @revoked; nothing was sent. ` +
        'Give the host a new key, or remove the line',
      { host, fingerprint },
    )
  }
}

/** The host does not meet a requirement. Found before the first change. */
export class HostNotReady extends ReinstateError {
  override readonly name = 'HostNotReady'
  constructor(host: string, lacks: readonly string[]) {
    super(`host ${host} is not ready: ${lacks.join('; ')}`, { host, lacks })
  }
}

/** A worker or a local host is not on Linux, and has other tools. Nothing was started. */
export class NeedsLinux extends ReinstateError {
  override readonly name = 'NeedsLinux'
  constructor(what: string, platform: NodeJS.Platform) {
    const system = { darwin: 'macOS', win32: 'Windows' }[platform as string] ?? platform
    super(
      `${what} needs Linux; this machine runs ${system}\n  next: use a Linux machine or VM for the worker, and set TEMPORAL_ADDRESS here to its Temporal`,
      { what, platform },
    )
  }
}

/** A command ended with an exit code other than 0. `tail` is the end of its output, with secrets replaced. */
export class CommandFailed extends ReinstateError {
  override readonly name = 'CommandFailed'
  constructor(
    host: string,
    command: string,
    ended: { readonly exit: string; readonly tail: string; readonly printed?: readonly LongOutput[] },
  ) {
    const printed = ended.printed?.map((one) => ` ${formatLongOutput(one)}`) ?? []
    const happened = `${command} on ${host} ended with ${ended.exit}${printed.join(' and')}`
    const found = explained(`${happened}: ${lastLines(ended.tail)}`, rootCauseOf(ended.tail, ended.exit))
    super(found.message, { host, command, ...ended, ...found.data })
  }
}

/** An output of which only the end was returned. The complete output is on the host, in `file`. */
export interface LongOutput {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: number
  /** Absent if the host has no sha256sum. */
  readonly sha256?: string
  readonly file: string
}

/** A question has no answer: its script, which `data` holds, ended with an unexpected exit code. */
export class QuestionFailed extends ReinstateError {
  override readonly name = 'QuestionFailed'
  constructor(
    host: string,
    asked: { readonly script: string; readonly exit: string; readonly tail: string },
  ) {
    const happened = `a question to ${host} ended with ${asked.exit}: ${lastLines(asked.tail)}`
    const found = explained(happened, rootCauseOf(asked.tail, asked.exit))
    super(found.message, { host, ...asked, ...found.data })
  }
}

/** The states of a receipt that do not show whether the command did its work. */
export type UnknownState = 'interrupted' | 'interrupted-reboot' | 'record-lost' | 'tombstoned' | 'rewound'

const WHAT_HAPPENED: Readonly<Record<UnknownState, string>> = {
  interrupted: 'its supervising process was killed while it ran',
  'interrupted-reboot': 'the host rebooted while it ran',
  'record-lost': 'the host has no record of it any more; was it restored from an older snapshot?',
  tombstoned: 'it was cancelled before its start was recorded',
  rewound: 'a later attempt of it ran, or it was undone, and the run was reset to before that',
}

/** A command began, and its end was not recorded. It is never started again automatically. */
export class OutcomeUnknown extends ReinstateError {
  override readonly name = 'OutcomeUnknown'
  constructor(host: string, command: string, found: { readonly state: UnknownState; readonly tail: string }) {
    super(
      `the outcome of ${command} on ${host} is unknown: ${WHAT_HAPPENED[found.state]}. ` +
        `Its last output: ${lastLines(found.tail)}`,
      { host, command, ...found },
    )
  }
}

/** A command was claimed and never started. The next attempt may start at once. */
export class NotStarted extends ReinstateError {
  override readonly name = 'NotStarted'
  constructor(host: string, command: string) {
    super(`${command} on ${host} was claimed but never started; retry the step`, { host, command })
  }
}

/** A token was used with two scripts: a defect, or two versions of a worker. Nothing was started. */
export class TokenConflict extends ReinstateError {
  override readonly name = 'TokenConflict'
  constructor(host: string, token: string) {
    super(`host ${host} has another script under the token ${token}; nothing was started`, { host, token })
  }
}

/** One thing that a step reads, creates, modifies or deletes. Default for `host`: the step's own. On another host a step only reads. */
export interface Effect {
  readonly how: 'reads' | 'creates' | 'modifies' | 'deletes'
  readonly what:
    'path' | 'volume' | 'project' | 'container' | 'image' | 'network' | 'database' | 'url' | 'process'
  readonly name: string
  readonly host?: string
  /** Of a container, volume, network or image: the Compose project that its label names. */
  readonly project?: string
  /** A change that creates, stops and replaces nothing, such as a reload: no step can be blocked on it. */
  readonly inPlace?: true
}

/** The inspection found that the step would do harm. Nothing was changed. */
export class StepRefused extends ReinstateError {
  override readonly name = 'StepRefused'
  /** What is in the way, as the effects of an earlier step that would remove it. */
  readonly about: readonly Effect[]
  constructor(reason: string, { about = [], isOfPlan = false }: Refusal = {}) {
    super(reason, { reason, ...(isOfPlan && { retryHelps: false }) })
    this.about = about
  }
}

interface Refusal {
  /** Default: nothing that an earlier step can remove. */
  readonly about?: readonly Effect[]
  /** Whether only another plan, or other inputs, remove the cause: both are fixed in a run. */
  readonly isOfPlan?: boolean
}

/** The change was made, and its verification failed. `differences` lists at most ten deviations. */
export class StepNotVerified extends ReinstateError {
  override readonly name = 'StepNotVerified'
  constructor(reason: string, differences: readonly string[] = []) {
    const shown = differences.slice(0, 10)
    const happened = shown.length === 0 ? reason : `${reason}: ${shown.join('; ')}`
    const found = explained(happened, rootCauseOf([reason, ...shown].join('\n')))
    super(found.message, { reason, differences: shown, ...found.data })
  }
}

/** A secret is missing, or its file is accessible to others. Contains names only, never values. */
export class SecretMissing extends ReinstateError {
  override readonly name = 'SecretMissing'
  constructor(reason: string) {
    super(reason, { reason })
  }
}

/** What a worker was asked to do, or what a host keeps, carries no valid signature of a worker. Nothing was done. */
export class NotSigned extends ReinstateError {
  override readonly name = 'NotSigned'
  constructor(what: string, signature: 'missing' | 'invalid') {
    super(
      signature === 'missing'
        ? `${what} carries no signature of a worker. Version 0.1 signed nothing: finish or roll back its runs with version 0.1`
        : `${what} does not match its signature: it was changed, or a worker with another key signed it. ` +
            'Give all workers one key: reinstate key export, reinstate key import',
      { what, signature },
    )
  }
}

/** A workflow that does not belong to the run asked a worker for something. Nothing was done. */
export class NotFromRun extends ReinstateError {
  override readonly name = 'NotFromRun'
  constructor(what: string, caller: string) {
    super(`${what} was refused: its caller is ${caller}`, { what, caller })
  }
}

/** A notification was not delivered. Names the channel, never its address, which may hold a token. No run depends on it. */
export class NotDelivered extends ReinstateError {
  override readonly name = 'NotDelivered'
  constructor(channel: string, reason: string) {
    super(`channel ${channel}: ${reason}`, { channel, reason })
  }
}

/** The host's lock has a holder that this Temporal does not know: a run of another one, or of a database that was put back. */
export class LockHeld extends ReinstateError {
  override readonly name = 'LockHeld'
  constructor(stack: string, host: string, holder: string) {
    const lock = `the lock ${stack} on ${host}`
    super(
      `${lock} is held by ${holder}, which this Temporal does not know; wait for it, or, if it is dead: reinstate unlock ${host} ${stack} --force --reason WHY`,
      { lock, holder },
    )
  }
}

function formatLongOutput({ stream, bytes, sha256, file }: LongOutput): string {
  const sum = sha256 === undefined ? '' : `, sha256 ${sha256}`
  return `after ${bytes} bytes on ${stream} (complete in ${file} on the host${sum})`
}

function lastLines(tail: string): string {
  return tellingLines(tail, 3).join(' | ') || 'no output'
}

/** The message: the cause comes first, then what showed it, then what to do. `data`: the same in parts, for the page of a question. */
function explained(
  text: string,
  found: RootCause | undefined,
): { readonly message: string; readonly data: Partial<Omit<RootCause, 'line'> & { happened: string }> } {
  if (found === undefined) return { message: text, data: {} }
  const { line, ...rootCause } = found
  const shown = line === '' || text.includes(line) ? '' : ` (${line})`
  const happened = `${rootCause.cause}${shown}: ${text}`
  const retry = rootCause.retryHelps === false ? '' : ', then retry'
  return { message: `${happened}. Next: ${rootCause.advice}${retry}`, data: { happened, ...rootCause } }
}
