import type { Writable } from 'node:stream'
import type { Channel } from './channel.ts'

// A login on the host that nobody uses is one more thing to explain there.
const IDLE_MS = 20_000

/** A program on a host that answers one request after another, lent to one caller at a time. */
export interface Lent {
  /** Whether it was started for this caller: then what comes before its first answer may be a login script's. */
  readonly fresh: boolean
  readonly input: Writable
  /** Resolves when the program is gone, whoever has it; as a channel's. */
  readonly ended: Promise<number | undefined>
  /** From now on all that it prints goes here. */
  listen(heard: Heard): void
  /** It has answered wholly and waits for the next request. Later calls, also of `close`, do nothing. */
  giveBack(): void
  /** It is in the midst of something, or cannot be trusted: hangs up. */
  close(): void
}

/** Where a program's output goes. */
export interface Heard {
  readonly output: (chunk: Buffer) => void
  readonly errors: (chunk: Buffer) => void
}

/** Keeps the programs of one host that wait for a request. */
export interface Lender {
  /** One that waits, if there is one. */
  take(program: string): Lent | undefined
  /** Lends a program that was just started. */
  lend(program: string, channel: Channel): Lent
  /** Tells the longest unused one that there are no more requests; false where none waits. */
  endOne(): boolean
  endAll(): void
}

/** Keeps at most `mostIdle` waiting. `onIdle` is called when one was given back. */
export function lender(options: { readonly mostIdle: number; readonly onIdle: () => void }): Lender {
  const idle = new Map<Channel, { readonly program: string; readonly lend: () => Lent }>()

  function lend(program: string, channel: Channel): Lent {
    let heard: Heard | undefined
    let gone = false
    const borrowed = (fresh: boolean): Lent => {
      let mine = true
      const end = (then: () => void) => () => {
        if (mine) then()
        mine = false
      }
      return {
        ...{ fresh, input: channel.input, ended: channel.ended },
        listen: (to) => {
          heard = to
        },
        giveBack: end(() => {
          heard = undefined
          if (!gone) rest(channel, { program, lend: () => borrowed(false) })
        }),
        close: end(() => channel.close()),
      }
    }
    const lent = borrowed(true)
    void channel.ended.then(() => {
      gone = true
      idle.delete(channel)
    })
    return {
      ...lent,
      listen: (to) => {
        lent.listen(to)
        // Only now: what came before somebody listened would be lost.
        channel.output.on('data', (chunk: Buffer) => {
          // Where it speaks though nobody asked, what it says next could be taken for an answer.
          if (heard === undefined) channel.close()
          else heard.output(chunk)
        })
        channel.errors.on('data', (chunk: Buffer) => heard?.errors(chunk))
      },
    }
  }

  function rest(channel: Channel, waiting: { readonly program: string; readonly lend: () => Lent }): void {
    idle.set(channel, waiting)
    setTimeout(() => {
      if (idle.get(channel) === waiting) dismiss(channel)
    }, IDLE_MS).unref()
    if (idle.size > options.mostIdle) endOne()
    options.onIdle()
  }

  function dismiss(channel: Channel): void {
    idle.delete(channel)
    channel.input.end()
  }

  function endOne(): boolean {
    const [oldest] = idle.keys()
    if (oldest !== undefined) dismiss(oldest)
    return oldest !== undefined
  }

  return {
    lend,
    endOne,
    take(program) {
      // The one used last, so that those not needed come to their end.
      const [channel, waiting] = [...idle].findLast(([, one]) => one.program === program) ?? []
      if (channel !== undefined) idle.delete(channel)
      return waiting?.lend()
    },
    endAll: () => [...idle.keys()].forEach(dismiss),
  }
}
