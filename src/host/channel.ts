import type { Readable, Writable } from 'node:stream'

/** One started program on a host: over SSH a channel of the pooled connection, on this machine a child process. */
export interface Channel {
  readonly input: Writable
  readonly output: Readable
  readonly errors: Readable
  /** Resolves once output and errors are read to their end. The exit code; undefined where the connection broke. */
  readonly ended: Promise<number | undefined>
  /** Hangs up. What the program does then is its own affair. */
  close(): void
}

/** A program on a host that answers one request after another, lent to one caller at a time. */
export interface LentChannel {
  /** Whether it was started for this caller: then what comes before its first answer may be a login script's. */
  readonly fresh: boolean
  readonly input: Writable
  /** Resolves when the program is gone, whoever has it; as a channel's. */
  readonly ended: Promise<number | undefined>
  /** From now on all that it prints goes here. */
  listen(heard: OutputListener): void
  /** It has answered wholly and waits for the next request. Later calls, also of `close`, do nothing. */
  giveBack(): void
  /** It is in the midst of something, or cannot be trusted: hangs up. */
  close(): void
}

/** Where a program's output goes. */
export interface OutputListener {
  readonly output: (chunk: Buffer) => void
  readonly errors: (chunk: Buffer) => void
}

/** A way to start programs on one host. */
export interface Transport {
  /**
   * Starts a program. The words reach it through whatever login shell the user has.
   * @throws HostUnreachable · HostKeyUnknown · HostKeyMismatch · HostNotReady where no login succeeds
   * @throws TypeError for a word that some shell might read as more than a word
   */
  open(words: readonly string[]): Promise<Channel>
  /** The same for a program that answers one request after another: one that was given back, unless `fresh` is asked for. */
  borrow(words: readonly string[], options?: { readonly fresh: boolean }): Promise<LentChannel>
  close(): Promise<void>
}

/** A host as the protocol sees it. */
export interface Machine {
  readonly name: string
  readonly transport: Transport
  /** What comes before each program: `sudo -n` where the user must become root. */
  readonly launch: readonly string[]
  /** Where receipts, originals, locks and the script are kept. Absolute. */
  readonly root: string
}

/** Words that bash, zsh, fish and csh all read as they stand; so nothing needs quoting for a shell not known. */
export function commandLine(words: readonly string[]): string {
  const odd = words.find((word) => !/^[A-Za-z0-9_./][A-Za-z0-9_.,/:=@+-]*$|^-[a-z]*$/.test(word))
  if (odd !== undefined) throw new TypeError(`not a plain word for a host's login shell: ${odd}`)
  return words.join(' ')
}
