/**
 * Every error that is thrown on purpose. A message says what happened, what was seen and what to do next;
 * `name` crosses Temporal as the failure's type, the fields as its details.
 */

/** The one table of what Temporal retries by itself. A step's own failures are counted in the workflow (`tries`). */
export const retriedByTemporal: Readonly<Record<string, boolean>> = {
  HostUnreachable: true,
  HostKeyUnknown: false,
  HostKeyMismatch: false,
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
}

/** What all of them share; `data` is what scripts and the workflow read. */
export abstract class ReinstateError extends Error {
  abstract override readonly name: string
  readonly data: Readonly<Record<string, unknown>>

  constructor(message: string, data: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.data = data
  }
}

/** One thing wrong in a plan or an inventory. Lines and columns count from 1. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** The column after the last character of what is meant, where that is known: for underlining. */
  readonly end?: number
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** A warning refuses nothing; everything else does. */
  readonly severity?: 'warning'
}

/** A plan, its inputs or its files are not right. Nothing was sent to any host. */
export class PlanRefused extends ReinstateError {
  override readonly name = 'PlanRefused'
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super(problems.map(problemLine).join('\n'), { problems })
    this.problems = problems
  }
}

/** `file:line:column code message (hint)`, as editors and scripts expect it. */
export function problemLine({ file, line, column, code, message, hint }: Problem): string {
  return `${file}:${line}:${column} ${code} ${message}${hint ? ` (${hint})` : ''}`
}

/** No connection, or it broke and could not be made again. What ran on the host goes on there. */
export class HostUnreachable extends ReinstateError {
  override readonly name = 'HostUnreachable'
  constructor(host: string, reason: string) {
    super(`host ${host} cannot be reached: ${reason}`, { host, reason })
  }
}

/** The host shows a key that nobody has pinned. `line` is what `reinstate trust` would write down. */
export class HostKeyUnknown extends ReinstateError {
  override readonly name = 'HostKeyUnknown'
  constructor(host: string, line: string, fingerprint: string) {
    super(
      `host ${host} shows the key ${fingerprint}, which is not pinned; compare it, then: reinstate trust ${host}`,
      {
        host,
        line,
        fingerprint,
      },
    )
  }
}

/** The host shows another key than the pinned one. Nothing of the authentication was sent. */
export class HostKeyMismatch extends ReinstateError {
  override readonly name = 'HostKeyMismatch'
  constructor(host: string, keys: { readonly pinned: string; readonly shown: string }) {
    super(
      `host ${host} shows the key ${keys.shown}, but ${keys.pinned} is pinned; nothing was sent. ` +
        `Another machine may be answering. If the host was set up anew: reinstate trust ${host} --replace`,
      { host, ...keys },
    )
  }
}

/** The host lacks something that the plan needs; found before the first change. */
export class HostNotReady extends ReinstateError {
  override readonly name = 'HostNotReady'
  constructor(host: string, lacks: readonly string[]) {
    super(`host ${host} is not ready: ${lacks.join('; ')}`, { host, lacks })
  }
}

/** A worker, or a host that is the worker's own machine, on another system: its tools differ. Nothing was started. */
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

/** A command ended with another code than 0. `tail` is the end of its output, secrets replaced. */
export class CommandFailed extends ReinstateError {
  override readonly name = 'CommandFailed'
  constructor(
    host: string,
    command: string,
    ended: { readonly exit: string; readonly tail: string; readonly printed?: readonly LongOutput[] },
  ) {
    const printed = ended.printed?.map((one) => ` ${formatOutput(one)}`) ?? []
    super(`${command} on ${host} ended with ${ended.exit}${printed.join(' and')}: ${lastLines(ended.tail)}`, {
      host,
      command,
      ...ended,
    })
  }
}

/** A long output, of which only the end is told here: all of it is kept on the host in `file`. */
export interface LongOutput {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: number
  /** Where the host could reckon it. */
  readonly sha256?: string
  readonly file: string
}

/** A question could not be answered: its script ended with a code that means neither yes nor no. */
export class QuestionFailed extends ReinstateError {
  override readonly name = 'QuestionFailed'
  constructor(
    host: string,
    asked: { readonly script: string; readonly exit: string; readonly tail: string },
  ) {
    super(
      `a question to ${host} ended with ${asked.exit}: ${lastLines(asked.tail)}; asked: ${asked.script}`,
      {
        host,
        ...asked,
      },
    )
  }
}

/** The states of a receipt in which nobody can know whether the command did its work. */
export type UnknownState = 'interrupted' | 'interrupted-reboot' | 'record-lost' | 'tombstoned' | 'rewound'

/** A command was begun and its end was not recorded. It is never run again by itself. */
export class OutcomeUnknown extends ReinstateError {
  override readonly name = 'OutcomeUnknown'
  constructor(host: string, command: string, found: { readonly state: UnknownState; readonly tail: string }) {
    super(`nobody can know whether ${command} on ${host} did its work: its record says ${found.state}`, {
      host,
      command,
      ...found,
    })
  }
}

/** The command was claimed and certainly did not run; the next attempt may start at once. */
export class NotStarted extends ReinstateError {
  override readonly name = 'NotStarted'
  constructor(host: string, command: string) {
    super(`${command} on ${host} was claimed but never started; it can be started anew`, { host, command })
  }
}

/** The same token came with another script: a defect, or two versions of a worker. Nothing was started. */
export class TokenConflict extends ReinstateError {
  override readonly name = 'TokenConflict'
  constructor(host: string, token: string) {
    super(`host ${host} holds another script under the token ${token}; nothing was started`, { host, token })
  }
}

/** Looking showed that the step must not be carried out: it would harm something. Nothing was changed. */
export class StepRefused extends ReinstateError {
  override readonly name = 'StepRefused'
  constructor(reason: string) {
    super(reason, { reason })
  }
}

/** The change was made and the proof of it fails. `differences` name what is not as it should be. */
export class StepNotVerified extends ReinstateError {
  override readonly name = 'StepNotVerified'
  constructor(reason: string, differences: readonly string[] = []) {
    super(differences.length === 0 ? reason : `${reason}: ${differences.slice(0, 10).join('; ')}`, {
      reason,
      differences: differences.slice(0, 10),
    })
  }
}

/** A secret that the plan needs is not in its file, or the file is open to others. Names only, never values. */
export class SecretMissing extends ReinstateError {
  override readonly name = 'SecretMissing'
  constructor(reason: string) {
    super(reason, { reason })
  }
}

/** Another run holds the host's lock. */
export class LockHeld extends ReinstateError {
  override readonly name = 'LockHeld'
  constructor(lock: string, holder: string) {
    super(
      `${lock} is held by ${holder}, which this Temporal knows nothing of; wait for its end, or, once you know that it ` +
        'is over: reinstate unlock HOST',
      { lock, holder },
    )
  }
}

function formatOutput({ stream, bytes, sha256, file }: LongOutput): string {
  const sum = sha256 === undefined ? '' : `, sha256 ${sha256}`
  return `after ${bytes} bytes on ${stream} (kept there in ${file}${sum})`
}

function lastLines(tail: string): string {
  const lines = tail.trim().split('\n')
  return lines.slice(-3).join(' | ') || 'it printed nothing'
}
