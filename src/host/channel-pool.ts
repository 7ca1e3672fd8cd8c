import type { Channel, OutputListener, LentChannel } from './channel.ts'

// A login on the host that nobody uses is one more thing to explain there.
const IDLE_MS = 20_000

/** Keeps the programs of one host that wait for a request. */
export interface ChannelPool {
  /** One that waits, if there is one. */
  take(program: string): LentChannel | undefined
  /** Lends a program that was just started. */
  lend(program: string, channel: Channel): LentChannel
  /** Tells the longest unused one that there are no more requests; false where none waits. */
  releaseOldest(): boolean
  releaseAll(): void
}

/** Keeps at most `mostIdle` waiting. `onIdle` is called when one was given back. */
export function channelPool(options: {
  readonly mostIdle: number
  readonly onIdle: () => void
}): ChannelPool {
  const idle = new Map<Channel, { readonly program: string; readonly lend: () => LentChannel }>()

  function lend(program: string, channel: Channel): LentChannel {
    let heard: OutputListener | undefined
    let gone = false
    const borrowed = (fresh: boolean): LentChannel => {
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

  function rest(
    channel: Channel,
    waiting: { readonly program: string; readonly lend: () => LentChannel },
  ): void {
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
    releaseOldest: endOne,
    take(program) {
      // The one used last, so that those not needed come to their end.
      const [channel, waiting] = [...idle].findLast(([, one]) => one.program === program) ?? []
      if (channel !== undefined) idle.delete(channel)
      return waiting?.lend()
    },
    releaseAll: () => [...idle.keys()].forEach(dismiss),
  }
}
