import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Payload } from '@temporalio/common'
import { z } from 'zod'
import type { CodecKeysPlace } from '../config.ts'
import { KeyRefused } from '../private-file.ts'
import { isEncrypted, payloadCodec, PayloadUnreadable } from './payload-codec.ts'

const ADDRESS = '127.0.0.1'
/** Temporal takes at most 4 MB at once; base64 adds a third. */
const MAX_BODY_BYTES = 8 * 1024 * 1024
const MAX_PAYLOADS = 10_000
const MAX_CONNECTIONS = 50
const MAX_NOTED_ORIGINS = 100
const PREFLIGHT_SECONDS = '600'

/** As JSON, with bytes in base64. What else a payload holds comes back with it. */
const payloadSchema = z.looseObject({
  metadata: z.record(z.string(), z.string()).optional(),
  data: z.string().optional(),
})
const bodySchema = z.object({ payloads: z.array(payloadSchema).max(MAX_PAYLOADS) })
type JsonPayload = z.infer<typeof payloadSchema>

export interface CodecEndpoint {
  readonly url: string
  readonly close: () => Promise<void>
}

export interface CodecEndpointOptions {
  readonly codecKeys: CodecKeysPlace
  /** 0 takes a free one. */
  readonly port: number
  /** The pages that may ask, such as `https://temporal.example.org`. */
  readonly origins: readonly string[]
  /** Further values of the header Host: the names under which a proxy serves it. */
  readonly names: readonly string[]
  /** Takes a line of the log. It holds ids of keys and origins, and no payload. */
  readonly tell: (line: string) => void
}

/**
 * Serves /decode and /encode of Temporal's codec protocol on the loopback interface. A payload that the keys do not fit comes
 * back as it was. Refuses web pages of other origins, requests to other names (DNS rebinding), and bodies over 8 MiB.
 * @throws KeyRefused · Error, if the port is in use
 */
export async function serveCodec(options: CodecEndpointOptions): Promise<CodecEndpoint> {
  const answer = answering(options)
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5000, connectionsCheckingInterval: 1000 },
    (request, response) => void answer(request, response),
  )
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, ADDRESS, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${ADDRESS}:${port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The origins of a UI: on this machine, it has two names. */
export function originsOf(ui: string): readonly string[] {
  const { origin, protocol, hostname, port } = new URL(ui)
  if (![ADDRESS, 'localhost'].includes(hostname)) return [origin]
  return [ADDRESS, 'localhost'].map((name) => new URL(`${protocol}//${name}:${port}`).origin)
}

/** What a request is refused with. */
class Refused extends Error {
  readonly status: number
  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

function answering({ codecKeys, origins, names, tell }: CodecEndpointOptions): Answer {
  const actions = actionsOf(codecKeys, tell)
  const noted = new Set<string>()
  return async (request, response) => {
    try {
      refuseOtherNames(request, names)
      if (!isAllowed(request, origins)) {
        noteOrigin(request.headers.origin ?? '', { noted, tell })
        throw new Refused(403, 'this origin may not ask')
      }
      for (const [header, value] of corsHeaders(request)) response.setHeader(header, value)
      const action = actions[request.url?.split('?')[0] ?? '']
      if (!action) throw new Refused(404, 'POST /decode or /encode')
      if (request.method === 'OPTIONS') return void response.writeHead(204).end()
      const payloads = await action(await payloadsOf(request))
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ payloads }))
    } catch (error) {
      refuse(response, { error, tell })
    }
  }
}

/** A name that an attacker points to this machine makes a page of his the same origin; the header has his name. */
function refuseOtherNames(
  { headers: { host = '' }, socket }: IncomingMessage,
  names: readonly string[],
): void {
  const own = [ADDRESS, 'localhost'].map((name) => `${name}:${socket.localPort}`)
  if (![...own, ...names].includes(host.toLowerCase()))
    throw new Refused(421, 'this name is not served; reinstate codec serve --name NAME')
}

/** Programs send no origin. Browsers do, with every POST. */
function isAllowed({ headers: { origin } }: IncomingMessage, origins: readonly string[]): boolean {
  return origin === undefined || origins.includes(origin)
}

/** Credentials: those of a proxy with a login, if the UI is set to send them. */
function corsHeaders({ headers: { origin }, method }: IncomingMessage): readonly [string, string][] {
  const always: [string, string][] = [
    ['vary', 'origin'],
    ['cache-control', 'no-store'],
  ]
  if (origin === undefined) return always
  const allowed: [string, string][] = [
    ['access-control-allow-origin', origin],
    ['access-control-allow-credentials', 'true'],
  ]
  if (method !== 'OPTIONS') return [...always, ...allowed]
  return [
    ...always,
    ...allowed,
    ['access-control-allow-methods', 'POST'],
    ['access-control-allow-headers', 'content-type, x-namespace, authorization, authorization-extras'],
    ['access-control-max-age', PREFLIGHT_SECONDS],
  ]
}

/** Once each, so that who sets it up sees why the UI shows nothing. */
function noteOrigin(
  origin: string,
  { noted, tell }: { readonly noted: Set<string>; readonly tell: (line: string) => void },
): void {
  const shown = /^[\w:/.[\]-]{1,100}$/.test(origin) ? origin : 'an unreadable origin'
  if (noted.has(shown) || noted.size >= MAX_NOTED_ORIGINS) return
  noted.add(shown)
  tell(`refused ${shown}; if it is your UI: reinstate codec serve --origin ${shown}`)
}

async function payloadsOf(request: IncomingMessage): Promise<readonly JsonPayload[]> {
  const { method, headers } = request
  if (method !== 'POST') throw new Refused(405, 'POST /decode or /encode')
  // Without a preflight, a page can send any other type of another origin.
  if (!/^application\/json\b/i.test(headers['content-type'] ?? ''))
    throw new Refused(415, 'the body must be application/json')
  const parsed = bodySchema.safeParse(parsedJson(await bodyOf(request)))
  if (parsed.success) return parsed.data.payloads
  throw new Refused(400, 'the body must be {"payloads": [{"metadata": {…}, "data": "…"}]}')
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const tooLarge = new Refused(413, `the body has more than ${MAX_BODY_BYTES} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge
  const parts: Buffer[] = []
  let size = 0
  // What is too much is read and dropped: a closed connection would take the answer with it.
  return await new Promise((resolve, reject) => {
    request.on('data', (part: Buffer) => {
      size += part.length
      if (size <= MAX_BODY_BYTES) return void parts.push(part)
      parts.length = 0
      reject(tooLarge)
    })
    request.on('end', () => resolve(Buffer.concat(parts).toString()))
    request.on('error', reject)
  })
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** In plain text: the UI takes any JSON for an answer. */
function refuse(
  response: ServerResponse,
  { error, tell }: { readonly error: unknown; readonly tell: (line: string) => void },
): void {
  if (response.headersSent || response.destroyed) return
  const [status, reason] =
    error instanceof Refused
      ? [error.status, error.message]
      : [503, 'the log of reinstate codec serve says why']
  if (!(error instanceof Refused))
    tell(error instanceof KeyRefused ? error.message : `failed: ${String(error)}`)
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${reason}\n`)
}

type Action = (payloads: readonly JsonPayload[]) => Promise<readonly JsonPayload[]>

function actionsOf(
  codecKeys: CodecKeysPlace,
  tell: (line: string) => void,
): Readonly<Record<string, Action>> {
  const codec = payloadCodec(codecKeys)
  return {
    '/decode': async (payloads) => {
      const unreadable = new Set<string>()
      const decode = async (payload: JsonPayload) => {
        const read = fromJson(payload)
        if (!isEncrypted(read)) return payload
        try {
          return toJson(await codec.decode([read]), payload)
        } catch (error) {
          if (!(error instanceof PayloadUnreadable)) throw error
          unreadable.add(error.message)
          return payload
        }
      }
      const decoded = await Promise.all(payloads.map(decode))
      unreadable.forEach(tell)
      return decoded
    },
    '/encode': async (payloads) => {
      const encode = async (payload: JsonPayload) => toJson(await codec.encode([fromJson(payload)]), payload)
      return await Promise.all(payloads.map(encode))
    },
  }
}

function fromJson({ metadata, data }: JsonPayload): Payload {
  const read = Object.entries(metadata ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')])
  return { metadata: Object.fromEntries(read), data: Buffer.from(data ?? '', 'base64') }
}

/** The one payload as JSON, with what else the original holds. */
function toJson([payload]: readonly Payload[], original: JsonPayload): JsonPayload {
  const written = Object.entries(payload?.metadata ?? {}).map(([key, value]) => [key, base64(value)])
  return { ...original, metadata: Object.fromEntries(written), data: base64(payload?.data) }
}

function base64(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64')
}
