import type { Channel, LentChannel, OutputListener } from './channel.ts'

// An unused login on the host is one more thing to explain there.
const IDLE_MS = 20_000

/** The programs of one host that wait for a request. */
export interface ChannelPool {
  /** Lends a waiting program; undefined if none waits. */
  take(program: string): LentChannel | undefined
  /** Lends a program that was just started. */
  lend(program: string, channel: Channel): LentChannel
  /** Closes the input of the longest unused program; false if none waits. */
  releaseOldest(): boolean
  releaseAll(): void
}

/** Keeps at most `maxIdle` programs waiting. Calls `onIdle` when one is given back. */
export function channelPool(options: { readonly maxIdle: number; readonly onIdle: () => void }): ChannelPool {
  const idle = new Map<Channel, { readonly program: string; readonly lend: () => LentChannel }>()

  function lend(program: string, channel: Channel): LentChannel {
    let listener: OutputListener | undefined
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
          listener = to
        },
        giveBack: end(() => {
          listener = undefined
          if (!gone) keep(channel, { program, lend: () => borrowed(false) })
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
        // Only now: output that came before there was a listener would be lost.
        channel.output.on('data', (chunk: Buffer) => {
          // After output without a request, the next output could be mistaken for an answer.
          if (listener === undefined) channel.close()
          else listener.output(chunk)
        })
        channel.errors.on('data', (chunk: Buffer) => listener?.errors(chunk))
      },
    }
  }

  function keep(
    channel: Channel,
    waiting: { readonly program: string; readonly lend: () => LentChannel },
  ): void {
    idle.set(channel, waiting)
    setTimeout(() => {
      if (idle.get(channel) === waiting) release(channel)
    }, IDLE_MS).unref()
    if (idle.size > options.maxIdle) releaseOldest()
    options.onIdle()
  }

  function release(channel: Channel): void {
    idle.delete(channel)
    channel.input.end()
  }

  function releaseOldest(): boolean {
    const [oldest] = idle.keys()
    if (oldest !== undefined) release(oldest)
    return oldest !== undefined
  }

  return {
    lend,
    releaseOldest,
    take(program) {
      // The one used last, so that surplus programs reach their idle limit.
      const [channel, waiting] = [...idle].findLast(([, one]) => one.program === program) ?? []
      if (channel !== undefined) idle.delete(channel)
      return waiting?.lend()
    },
    releaseAll: () => [...idle.keys()].forEach(release),
  }
}
