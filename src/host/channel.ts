import type { Readable, Writable } from 'node:stream'

/** A program started on a host: over SSH a channel of the pooled connection, locally a child process. */
export interface Channel {
  readonly input: Writable
  readonly output: Readable
  readonly errors: Readable
  /** Resolves after both outputs are read to their end: the exit code, or undefined if the connection broke. */
  readonly ended: Promise<number | undefined>
  /** Closes the connection to the program, which is not killed. */
  close(): void
}

/** A program that answers one request after another, lent to one caller at a time. */
export interface LentChannel {
  /** Whether the program was started for this caller. Output before its first answer may then be a login script's. */
  readonly fresh: boolean
  readonly input: Writable
  /** Resolves when the program ends, no matter who has borrowed it. Same values as `Channel.ended`. */
  readonly ended: Promise<number | undefined>
  /** Receives all output from now on. */
  listen(listener: OutputListener): void
  /** Returns the program, which has answered completely and waits for a request. Later calls, also of `close`, do nothing. */
  giveBack(): void
  /** Hangs up on a program that is in the middle of an answer or cannot be trusted. */
  close(): void
}

export interface OutputListener {
  readonly output: (chunk: Buffer) => void
  readonly errors: (chunk: Buffer) => void
}

/** Hears of the connections and requests to hosts, for logs and metrics. Never throws. */
export interface HostObserver {
  readonly connected: (host: string) => void
  /** No connection was made. `reason`: one or more lines, without secrets. */
  readonly failed: (host: string, reason: string) => void
  /** A connection broke that this side did not close. */
  readonly lost: (host: string) => void
  /** One round trip begins. */
  readonly asked: (host: string) => void
}

/** Starts programs on one host. */
export interface Transport {
  /**
   * Starts a program. The words pass through the user's login shell.
   * @throws HostUnreachable · HostKeyUnknown · HostKeyMismatch · HostKeyRevoked · HostNotReady if no login succeeds
   * @throws TypeError for a word that some shell could interpret
   */
  open(words: readonly string[]): Promise<Channel>
  /** Lends a program that answers request after request: a waiting one, or a new one if none waits or `fresh` is set. */
  borrow(words: readonly string[], options?: { readonly fresh: boolean }): Promise<LentChannel>
  close(): Promise<void>
}

/** A host as the protocol sees it. */
export interface Machine {
  readonly name: string
  readonly transport: Transport
  /** Put before each program: `sudo -n` if the user must become root. */
  readonly launch: readonly string[]
  /** The directory of receipts, originals, locks and the script. Absolute. */
  readonly root: string
  /** How long the answer to a short request may take. */
  readonly answerSeconds: number
}

/** Joins words that bash, zsh, fish and csh all read literally, so that no quoting for an unknown login shell is needed. */
export function commandLine(words: readonly string[]): string {
  const odd = words.find((word) => !/^[A-Za-z0-9_./][A-Za-z0-9_.,/:=@+-]*$|^-[a-z]*$/.test(word))
  if (odd !== undefined) throw new TypeError(`not a plain word for a login shell: ${odd}`)
  return words.join(' ')
}

/** Waits for work on a channel. When the signal aborts, closes the channel and throws an AbortError without further waiting. */
export async function orAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  channel: Pick<Channel, 'close'>,
): Promise<Result> {
  const listening = new AbortController()
  const aborted = new Promise<void>((resolve) => {
    // A step's signal serves many channels: the listener is removed with its work.
    signal.addEventListener('abort', () => resolve(), { signal: listening.signal })
  })
  try {
    throwIfAborted(signal)
    const result = await Promise.race([work, aborted])
    throwIfAborted(signal)
    return result as Result
  } finally {
    listening.abort()
    if (signal.aborted) channel.close()
  }
}

/** Throws an AbortError if the signal is aborted. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new DOMException(`aborted: ${String(signal.reason)}`, 'AbortError')
}
