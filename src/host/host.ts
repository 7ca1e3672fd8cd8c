import type { Command, Question } from '../shell/command.ts'
import type { Secret } from '../shell/secret.ts'

/** What came of a command or a question. Output is at most its last 16 KiB as UTF-8, secrets replaced. */
export interface Answer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** Of the whole of stdout as it came, in bytes; more than `stdout` holds where that was cut. */
  readonly stdoutBytes: number
  /** Of the whole of stdout, which is on the host: where `stdout` was cut, and the host can reckon it. */
  readonly stdoutSha256?: string
}

/** How far long work is: shown in the heartbeat and by the CLI. */
export interface Progress {
  readonly text: string
  readonly doneBytes?: number
  readonly totalBytes?: number
  readonly secondsLeft?: number
}

/** Reads progress out of one line of a command's output; undefined where the line says nothing of it. */
export type ReadProgress = (line: string) => Progress | undefined

/** A host that can be asked. Nothing here may change it, and nothing is left on it. */
export interface AskedHost {
  readonly name: string
  /** All of stdout (up to 4 MiB). @throws QuestionFailed when it exits with another code than 0; never retried. */
  ask(question: Question): Promise<string>
  /** Exit code 0 is yes, 1 is no. @throws QuestionFailed for any other code; never retried. */
  test(question: Question): Promise<boolean>
  /**
   * As `ask`, for an answer that nobody may see: it is not searched for known secrets, which would spoil it, and prints as
   * ‹secret›. What the question says on stderr may be shown, so it says no value there.
   */
  askSecret(question: Question): Promise<Secret>
}

/** A host that can be looked at. Nothing here may change it. */
export interface HostView extends AskedHost {
  /** Written on what a step makes (labels), so that the step knows it again: `<run token>/<phase>/<step>`. */
  readonly ownerLabel: string
  /** An absolute directory on the host, this step's own, for the old bytes of what it changes. It may not exist yet. */
  readonly originals: string

  /** Another host of the plan, to be asked. @throws StepRefused where the plan does not name it; never retried. */
  other(host: string): AskedHost
  /**
   * A long question with a receipt under its name: joined again when the connection or the worker is lost, and asked
   * afresh by each call of the activity that is not such a continuation. Its stdout is kept on the host.
   * @throws QuestionFailed when it exits with another code than 0.
   */
  measure(name: string, question: Question, progress?: ReadProgress): Promise<Answer>
}

/** A host that can be changed. */
export interface Host extends HostView {
  /**
   * Starts the command at most once for this step, attempt and name, follows it to its end and gives what it
   * recorded. A second call with the same name and script gives the first one's result. Names are a-z, 0-9 and -.
   * @throws CommandFailed for another exit code than 0 · OutcomeUnknown · NotStarted · TokenConflict; never retried.
   * @throws HostUnreachable; retried by Temporal: the next attempt follows the same command.
   */
  run(name: string, command: Command, progress?: ReadProgress): Promise<Answer>
}

/** For whom a host is looked at or changed; made by the activities, one to an attempt. */
export interface Binding {
  /** First part of every token: the run's first execution id. */
  readonly runToken: string
  readonly phase: string
  readonly step: string
  /** A number for tries of `run`; `undo-1` … for tries of `undo`. Part of every token. */
  readonly attempt: number | `undo-${number}`
  /** Aborted with reason 'stop': the remote command is stopped. With any other reason it is left for who reattaches. */
  readonly signal: AbortSignal
  /** Tells that the work is alive, and how far; what `resume` gives back to the next attempt. */
  readonly beat: (details: HeartbeatDetails) => void
  readonly resume?: HeartbeatDetails
  /** Replaced by ‹secret› in everything that comes back from the host. */
  readonly secrets: readonly Secret[]
  /** The hosts of the plan, which the step may ask; none unless said. */
  readonly planHosts?: readonly string[]
  /** JSON of the step's journal entry: made durable on the host together with the first command, before that starts. */
  readonly journal?: string
}

/** Details of a heartbeat. */
export interface HeartbeatDetails {
  readonly progress?: Progress
  /** Since when the host cannot be reached, as ISO time. */
  readonly unreachableSince?: string
  /** How far a command's output was read, by token. */
  readonly offsets?: Readonly<Record<string, { readonly out: number; readonly err: number }>>
}

/** What is known of a host once it was found ready. */
export interface HostFacts {
  readonly host: string
  readonly system: string
  readonly docker: string
  readonly compose: string
  readonly freeBytes: number
}

/** All hosts of the inventory, over pooled connections. The worker and the CLI make one. */
export interface Hosts {
  readonly names: readonly string[]
  bind(host: string, binding: Binding): Host
  /**
   * Looks for all that every plan needs: a silent quick shell, root, tools, Docker with Compose v2, space for receipts.
   * @throws HostUnreachable within 4 s · HostKeyUnknown · HostKeyMismatch · HostNotReady naming all that lacks.
   */
  check(host: string, binding: Binding): Promise<HostFacts>
  /** Which machine the name stands for: where it is entered, and its pinned keys. Nothing is sent. @throws PlanRefused for an unknown name */
  identity(host: string): Promise<{
    readonly host: string
    readonly address: string
    readonly keys: readonly string[]
  }>
  /**
   * Makes a note of a run durable on the host, JSON of at most 1 MiB: what a rollback needs with Temporal gone. The same
   * note again is well.
   */
  noteRun(host: string, binding: Binding, note: string): Promise<void>
  /** Takes the host's lock for this holder; again for the same holder is well. @throws LockHeld naming the holder. */
  takeLock(host: string, lock: { readonly name: string; readonly holder: string }): Promise<void>
  /** Gives it back; nothing happens where another holds it. */
  releaseLock(host: string, lock: { readonly name: string; readonly holder: string }): Promise<void>
  /** Marks the receipts of a step undone, so that a reset never takes them for done. */
  markUndone(
    host: string,
    step: { readonly runToken: string; readonly phase: string; readonly step: string },
  ): Promise<void>
  close(): Promise<void>
}
