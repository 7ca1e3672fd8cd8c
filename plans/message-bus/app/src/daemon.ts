import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { createBreaker } from './breaker.ts'
import type { Breaker } from './breaker.ts'
import { MB } from './config.ts'
import { BusAway, IdTaken, SpoolFull, UnknownId } from './errors.ts'
import { inlineFrame, readClientFrame, readInlineFrame } from './frames.ts'
import type { ClientFrame, DaemonFrame } from './frames.ts'
import { createHttpServer, listenUntil } from './http.ts'
import { reasonOf } from './log.ts'
import { checkSum } from './message.ts'
import type { Message } from './message.ts'
import { repeat, sayAlive, stopOf } from './service.ts'
import type { Service } from './service.ts'
import { openSpool } from './spool.ts'
import type { Spool } from './spool.ts'
import { openStore } from './store.ts'
import type { Store } from './store.ts'

type Place = Extract<DaemonFrame, { readonly stored: unknown }>['stored']

interface Parts extends Service {
  readonly store: Store
  readonly spool: Spool
  readonly breaker: Breaker
  readonly forward: (id: string, frame: string | Buffer) => void
}

/** For clients to answer the end of the connection. */
const CLOSING_MS = 500

/** Takes messages over the WebSocket, as ids or inline, stores what the mode says, and passes ids on to subscribers. */
export async function runDaemon(service: Service): Promise<void> {
  const { settings, log, signal } = service
  const { mode, version, release, frameLimitMb } = settings
  const store = openStore(settings, log, 'bus-daemon')
  const spool = await openSpool(join(settings.folder, 'spool'), settings.spoolLimitMb)
  const breaker = createBreaker(settings, log)
  const subscribers = new Set<WebSocket>()
  const parts: Parts = { ...service, store, spool, breaker, forward: forwarder(subscribers) }

  const http = createHttpServer(service, {
    '/health': () => ({
      body: {
        status: 'ok',
        mode,
        version,
        breaker: breaker.facts(),
        spooled: spool.ids().length,
        connections: sockets.clients.size,
      },
    }),
    '/version': () => ({ body: { version, release, mode } }),
  })
  const sockets = new WebSocketServer({ server: http, maxPayload: frameLimitMb * MB })
  const working = new Set<Promise<void>>()
  sockets.on('connection', (socket) => {
    const say = (frame: DaemonFrame) => socket.send(JSON.stringify(frame))
    socket.on('error', (error) => log.warn({ reason: error.message }, 'a connection broke'))
    socket.on('close', () => subscribers.delete(socket))
    socket.on('message', (data: Buffer, isBinary) => {
      const request = readRequest(data, isBinary)
      if (request === undefined) return socket.close(1008, 'not a frame of this protocol')
      if ('subscribe' in request) return void subscribers.add(socket)
      const work = take(parts, request)
        .then(say)
        .finally(() => working.delete(work))
      working.add(work)
    })
    say({ hello: mode, frameLimitMb, version })
  })

  const loops = [repeat(service, { name: 'health', seconds: 5 }, async () => sayAlive())]
  if (mode !== 'old') loops.push(repeat(service, { name: 'filling the bus', seconds: 1 }, () => fill(parts)))
  if (mode === 'dual' && settings.adopts)
    loops.push(repeat(service, { name: 'adopting deliveries', seconds: 2 }, () => adopt(parts)))
  // What was received before the signal is stored and acknowledged.
  const stopped = stopOf(signal).then(async () => {
    await Promise.all(working)
    for (const socket of sockets.clients) socket.close(1012, 'the daemon stops')
    await wait(CLOSING_MS)
    for (const socket of sockets.clients) socket.terminate()
  })
  await listenUntil(http, 8765, service)
  await Promise.all([stopped, ...loops])
  await store.close()
}

type Request = ClientFrame | { readonly message: Message }

function readRequest(data: Buffer, isBinary: boolean): Request | undefined {
  try {
    if (!isBinary) return readClientFrame(data.toString())
    const message = readInlineFrame(data)
    checkSum(message.id, message.body, message.sha256)
    return { message }
  } catch {
    return undefined
  }
}

/** Passes each id on once in the life of this process. After a restart one may come again: subscribers know it by its id. */
function forwarder(subscribers: ReadonlySet<WebSocket>): Parts['forward'] {
  const forwarded = new Set<string>()
  return (id, frame) => {
    if (forwarded.has(id)) return
    forwarded.add(id)
    const [oldest] = forwarded
    if (forwarded.size > 100_000 && oldest !== undefined) forwarded.delete(oldest)
    for (const subscriber of subscribers) subscriber.send(frame, () => undefined)
  }
}

async function take(
  parts: Parts,
  request: Exclude<Request, { readonly subscribe: unknown }>,
): Promise<DaemonFrame> {
  const id = 'message' in request ? request.message.id : request.announce
  try {
    const stored =
      'message' in request ? await takeInline(parts, request.message) : await takeId(parts, request)
    if (parts.settings.logAllOperations) parts.log.info({ id, stored }, 'received')
    return { acknowledged: id, stored }
  } catch (error) {
    // With what it sends again, the sender has or writes the message that the bus lacks.
    const isBusAway = error instanceof BusAway
    const isTemporary = isBusAway || error instanceof UnknownId || error instanceof SpoolFull
    const reason = reasonOf(error)
    parts.log.warn({ id, reason }, 'refused')
    return { refused: id, reason, isTemporary, isBusAway }
  }
}

async function takeId(
  { settings, store, breaker, forward }: Parts,
  { announce: id, sha256 }: Extract<ClientFrame, { readonly announce: unknown }>,
): Promise<Place> {
  if (settings.mode === 'old') throw new Error('this daemon has no bus; send the message inline')
  await breaker.run(() => store.deliver(id, sha256, { deliveries: settings.mode === 'dual' }))
  forward(id, deliveredFrame(id))
  return 'bus'
}

async function takeInline(
  { settings, log, store, spool, breaker, forward }: Parts,
  message: Message,
): Promise<Place> {
  const { id } = message
  if (settings.mode === 'old') {
    await store.writeDelivery(message)
    forward(id, inlineFrame(message))
    return 'deliveries'
  }
  try {
    await breaker.run(() => store.writeInline(message, { deliveries: settings.mode === 'dual' }))
    forward(id, deliveredFrame(id))
    return 'bus'
  } catch (error) {
    if (!(error instanceof BusAway)) throw error
    log.debug({ id, reason: error.message }, 'the bus is away; kept in the spool')
    await spool.add(message)
    forward(id, inlineFrame(message))
    return 'spool'
  }
}

function deliveredFrame(id: string): string {
  return JSON.stringify({ delivered: id } satisfies DaemonFrame)
}

/** Writes what the spool holds to the bus, under the same ids. */
async function fill({ settings, log, store, spool, breaker }: Parts): Promise<void> {
  for (const id of spool.ids()) {
    const message = await spool.read(id)
    if (message === undefined) continue
    try {
      await breaker.run(() => store.writeInline(message, { deliveries: settings.mode === 'dual' }))
      await spool.remove(id)
    } catch (error) {
      if (error instanceof BusAway) return
      if (!(error instanceof IdTaken)) throw error
      log.error({ id, reason: error.message }, 'put aside in the folder "refused" of the spool')
      await spool.setAside(id)
    }
  }
}

const ADOPTED_AT_ONCE = 100

async function adopt({ store, breaker }: Parts): Promise<void> {
  while ((await breaker.run(() => store.adopt(ADOPTED_AT_ONCE))) === ADOPTED_AT_ONCE);
}
