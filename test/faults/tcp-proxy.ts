import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** A way to a port of this machine that is as bad as it is told to be. */
export interface TcpProxy {
  readonly port: number
  /** Connections that were broken with a reset so far. */
  readonly resets: () => number
  readonly bytes: () => number
  readonly close: () => void
}

export interface Badness {
  /** Each way. */
  readonly delayMs?: number
  readonly bytesPerSecond?: number
  /** Each connection is reset once so much came back over it. */
  readonly resetAfterBytes?: number
}

export function tcpProxy(
  to: number,
  { delayMs = 0, bytesPerSecond, resetAfterBytes }: Badness,
): Promise<TcpProxy> {
  let [resets, bytes] = [0, 0]
  const sockets = new Set<Socket>()
  const pass = async (from: Socket, into: Socket, cameBack?: (length: number) => void) => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytesPerSecond) await wait((chunk.length / bytesPerSecond) * 1000)
      // Not waited for: a long way delays, and does not narrow.
      setTimeout(() => into.writable && into.write(chunk), delayMs)
      cameBack?.(chunk.length)
    }
    setTimeout(() => into.end(), delayMs)
  }
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    let back = 0
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    pass(near, far).catch(() => far.destroy())
    pass(far, near, (length) => {
      back += length
      if (resetAfterBytes === undefined || back < resetAfterBytes || near.destroyed) return
      resets += 1
      near.resetAndDestroy()
      far.destroy()
    }).catch(() => near.destroy())
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address ? address.port : 0,
        ...{ resets: () => resets, bytes: () => bytes },
        close: () => {
          server.close()
          for (const socket of sockets) socket.destroy()
        },
      })
    })
  })
}
