import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'

/** A TCP proxy whose connections can be reset. */
export interface Proxy {
  readonly port: number
  /** Resets a connection; false without one. */
  cut(choose: () => number): boolean
  close(): void
}

export async function openProxy(port: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer((client) => {
    const host = connect(port, '127.0.0.1')
    const pair = [client, host] as const
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    for (const socket of pair) socket.setNoDelay(true).on('error', end).on('close', end)
    client.pipe(host).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut(choose) {
      const pair = [...pairs][Math.floor(choose() * pairs.size)]
      for (const socket of pair ?? []) socket.resetAndDestroy()
      return pair !== undefined
    },
    close: () => {
      server.close()
      for (const pair of pairs) for (const socket of pair) socket.destroy()
    },
  }
}
