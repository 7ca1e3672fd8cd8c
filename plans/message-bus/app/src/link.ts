import WebSocket from 'ws'
import { MB } from './config.ts'
import { BusAway, NotAcknowledged } from './errors.ts'
import { inlineFrame, readDaemonFrame, readInlineFrame } from './frames.ts'
import type { DaemonFrame, Hello } from './frames.ts'
import type { Log } from './log.ts'
import { reasonOf } from './log.ts'
import type { Message } from './message.ts'

/** What a subscriber receives: the id of a message in the bus, or a message that came inline while the bus was away. */
export type Delivery = { readonly id: string; readonly inline?: Message }

interface LinkOptions {
  readonly url: string
  readonly log: Log
  readonly acknowledgedWithinSecs: number
  /** Makes the link a subscriber. */
  readonly onDelivery?: (delivery: Delivery) => void
}

/** One WebSocket to the daemon. It connects with the first use, and again after the connection was lost. */
export interface Link {
  /** @throws NotAcknowledged, temporary, if the daemon is away */
  readonly hello: (id: string) => Promise<Hello>
  /** Sends the id of a message that the bus holds. @throws NotAcknowledged | BusAway if the daemon does not reach the bus */
  readonly announce: (message: Message) => Promise<void>
  /** Sends the message itself. @throws NotAcknowledged | BusAway if the daemon in mode `old` does not reach its store */
  readonly sendInline: (message: Message) => Promise<void>
  readonly close: () => void
}

interface Open {
  readonly socket: WebSocket
  readonly hello: Hello
}

interface Waiting {
  readonly done: () => void
  readonly fail: (error: Error) => void
}

export function openLink({ url, log, acknowledgedWithinSecs, onDelivery }: LinkOptions): Link {
  let opening: Promise<Open> | undefined
  const waiting = new Map<string, Waiting>()

  const connect = () =>
    new Promise<Open>((resolve, reject) => {
      const socket = new WebSocket(url, { handshakeTimeout: 5000, maxPayload: 512 * MB })
      const lose = (reason: string) => {
        opening = undefined
        reject(new Error(reason))
        for (const [id, { fail }] of waiting) fail(temporary(id, reason))
      }
      socket.on('error', (error) => lose(`the daemon is away (${reasonOf(error)})`))
      socket.on('close', (code) => lose(`the daemon closed the connection (${code})`))
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) {
          const inline = readInlineFrame(data)
          return onDelivery?.({ id: inline.id, inline })
        }
        const frame = readDaemonFrame(data.toString())
        if ('hello' in frame) {
          if (onDelivery) socket.send(JSON.stringify({ subscribe: true }))
          resolve({ socket, hello: frame })
        } else if ('delivered' in frame) onDelivery?.({ id: frame.delivered })
        else if ('acknowledged' in frame) waiting.get(frame.acknowledged)?.done()
        else waiting.get(frame.refused)?.fail(refusalOf(frame))
      })
    })

  const opened = async (id: string) => {
    opening ??= connect()
    try {
      return await opening
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, 'no connection to the daemon')
      throw temporary(id, reasonOf(error))
    }
  }

  const send = async (id: string, frame: string | Buffer) => {
    const { socket } = await opened(id)
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => end(() => reject(temporary(id, `no answer in ${acknowledgedWithinSecs} s`))),
        acknowledgedWithinSecs * 1000,
      )
      const end = (settle: () => void) => {
        clearTimeout(timer)
        waiting.delete(id)
        settle()
      }
      waiting.set(id, { done: () => end(resolve), fail: (error) => end(() => reject(error)) })
      socket.send(frame, (error) => error && waiting.get(id)?.fail(temporary(id, error.message)))
    })
  }

  return {
    hello: async (id) => (await opened(id)).hello,
    announce: ({ id, sha256 }) => send(id, JSON.stringify({ announce: id, sha256: sha256.toString('hex') })),
    sendInline: (message) => send(message.id, inlineFrame(message)),
    close: () => {
      const closing = opening
      opening = undefined
      closing?.then(({ socket }) => socket.close()).catch(() => undefined)
    },
  }
}

function refusalOf(frame: Extract<DaemonFrame, { readonly refused: unknown }>): Error {
  const { refused, reason, isBusAway } = frame
  return isBusAway
    ? new BusAway(`the daemon does not reach the bus: ${reason}`)
    : new NotAcknowledged(refused, reason, frame)
}

function temporary(id: string, reason: string): NotAcknowledged {
  return new NotAcknowledged(id, reason, { isTemporary: true })
}
