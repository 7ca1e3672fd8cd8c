import type { Command, Question } from '../shell/command.ts'
import type { Secret } from '../shell/secret.ts'

/** The result of a command or a measurement. Outputs are at most their last 16 KiB as UTF-8, with secrets replaced. */
export interface Answer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** The size of the complete stdout in bytes; `stdout` may hold only its end. */
  readonly stdoutBytes: number
  /** The checksum of the complete stdout, if `stdout` holds only its end and the host has sha256sum. */
  readonly stdoutSha256?: string
}

/** The progress of long work, for heartbeats and the CLI. */
export interface Progress {
  readonly text: string
  readonly doneBytes?: number
  readonly totalBytes?: number
  readonly secondsLeft?: number
}

/** Parses progress from one line of a command's output; undefined for other lines. */
export type ReadProgress = (line: string) => Progress | undefined

/** A host that answers questions. Nothing here may change it, and nothing is left on it. */
export interface AskedHost {
  readonly name: string
  /** Returns all of stdout, at most 4 MiB. @throws QuestionFailed for an exit code other than 0; never retried. */
  ask(question: Question): Promise<string>
  /** Returns true for exit code 0 and false for 1. @throws QuestionFailed for any other code; never retried. */
  test(question: Question): Promise<boolean>
  /**
   * Like `ask`, for a secret answer: it is returned unredacted, and prints as ‹secret›. The question's stderr may be shown,
   * so the question must not print the secret there.
   */
  askSecret(question: Question): Promise<Secret>
}

/** A host that can be inspected. Nothing here may change it. */
export interface HostView extends AskedHost {
  /** The label of everything that the step creates: `<run token>/<phase>/<step>`. */
  readonly ownerLabel: string
  /** The step's directory on the host for saved originals. Absolute; may not exist yet. */
  readonly originals: string

  /** Another host of the plan. @throws StepRefused if the plan does not name it; never retried. */
  other(host: string): AskedHost
  /**
   * Asks a long question, with a receipt. An activity attempt that continues a lost one attaches to it; any other call asks
   * again. The complete stdout stays on the host.
   * @throws QuestionFailed for an exit code other than 0; never retried.
   */
  measure(name: string, question: Question, progress?: ReadProgress): Promise<Answer>
}

/** A host that can be changed. */
export interface Host extends HostView {
  /**
   * Starts the command at most once for this step, attempt and name, and follows it to its end. A second call with the same
   * name and script returns the first call's result. Names consist of a-z, 0-9 and "-".
   * @throws CommandFailed for an exit code other than 0 · OutcomeUnknown · NotStarted · TokenConflict; never retried.
   * @throws HostUnreachable; retried by Temporal: the next activity attempt attaches to the same command.
   */
  run(name: string, command: Command, progress?: ReadProgress): Promise<Answer>
}

/** The attempt at a step that a host is used for. The activities make one for each activity attempt. */
export interface Binding {
  /** The run's first execution id: the first part of every token. */
  readonly runToken: string
  readonly phase: string
  readonly step: string
  /** The number of the attempt at `apply`; `undo-1` … for attempts at `undo`. Part of every token. */
  readonly attempt: number | `undo-${number}`
  /**
   * An abort with reason 'stop' stops the remote command. After any other abort it continues, and a later attempt attaches
   * to it.
   */
  readonly signal: AbortSignal
  /** Sends a heartbeat. The next activity attempt receives its details in `resume`. */
  readonly beat: (details: HeartbeatDetails) => void
  readonly resume?: HeartbeatDetails
  /** Replaced with ‹secret› in everything that the host returns. */
  readonly secrets: readonly Secret[]
  /** The hosts of the plan, which the step may ask. Default: none. */
  readonly planHosts?: readonly string[]
  /** The step's journal entry as JSON: made durable on the host with the first command, before the command starts. */
  readonly journal?: string
}

/** Details of a heartbeat. */
export interface HeartbeatDetails {
  readonly progress?: Progress
  /** The time at which the host became unreachable, in ISO 8601. */
  readonly unreachableSince?: string
  /** How far a check is that is held. */
  readonly held?: { readonly step: string; readonly tally: HoldTally }
  /** The offsets up to which each command's output was read, by token. */
  readonly offsets?: Readonly<Record<string, { readonly out: number; readonly err: number }>>
}

/** The verifications so far of a check that is held, after the first that succeeded. Times are ISO. */
export interface HoldTally {
  readonly verifications: number
  readonly failed: number
  /** The time of the last verification. */
  readonly lastAt: string
  readonly firstFailure?: { readonly at: string; readonly why: string }
  /** The first failure without a success since; absent if the last verification succeeded. */
  readonly failingSince?: string
  /** The longest time from a failure to the next success. */
  readonly longestFailingSeconds: number
  /** The longest time between two verifications. */
  readonly longestPauseSeconds: number
}

/** What the check of a host found. */
export interface HostFacts {
  readonly host: string
  readonly system: string
  readonly docker: string
  readonly compose: string
  readonly freeBytes: number
}

export interface Lock {
  readonly name: string
  readonly holder: string
}

/** By host: the task queue of the workers that reach it, where that is not the main one. */
export type TaskQueues = Readonly<Record<string, string>>

/** All hosts of the inventory, over pooled connections. A worker or a CLI command opens one. */
export interface Hosts {
  readonly names: readonly string[]
  readonly taskQueues: TaskQueues
  bind(host: string, binding: Binding): Host
  /**
   * Checks the requirements of every plan: a quick login shell without output, root, tools, Docker with Compose v2, and space
   * for receipts.
   * @throws HostUnreachable within 4 s · HostKeyUnknown · HostKeyMismatch · HostNotReady with everything that is missing.
   */
  check(host: string, binding: Binding): Promise<HostFacts>
  /** Returns the machine behind a name: its address and pinned keys. Connects to nothing. @throws PlanRefused for an unknown name */
  identity(host: string): Promise<{
    readonly host: string
    readonly address: string
    readonly keys: readonly string[]
  }>
  /** Makes the note of a run durable on the host: JSON, at most 1 MiB, for a rollback without Temporal. Idempotent. */
  noteRun(host: string, binding: Binding, note: string): Promise<void>
  /** Takes a lock on the host. Idempotent for one holder. @throws LockHeld with the holder; never retried. */
  takeLock(host: string, lock: Lock, signal?: AbortSignal): Promise<void>
  /** Releases a lock; does nothing if another holder has it. */
  releaseLock(host: string, lock: Lock, signal?: AbortSignal): Promise<void>
  /** Marks the receipts of a step as undone, so that a reset run does not treat the step as done. */
  markUndone(
    host: string,
    step: Pick<Binding, 'runToken' | 'phase' | 'step'>,
    signal?: AbortSignal,
  ): Promise<void>
  close(): Promise<void>
}
