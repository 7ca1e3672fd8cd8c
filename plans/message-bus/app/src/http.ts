import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { stopOf } from './service.ts'
import type { Service } from './service.ts'

export interface Answer {
  readonly status?: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | object
}

/** Makes a server of GET requests by path. Every response names the release in X-Reinstate-Run. */
export function createHttpServer(
  { settings, log }: Service,
  routes: Readonly<Record<string, () => Promise<Answer> | Answer>>,
): Server {
  const answer = async ({ method, url = '/' }: IncomingMessage): Promise<Answer> => {
    const path = url.split('?')[0] ?? '/'
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: { error: 'only GET' } }
    return route ? route() : { status: 404, body: { error: 'not found' } }
  }
  const respond = (response: ServerResponse, { status = 200, type, headers, body }: Answer) => {
    response.writeHead(status, {
      'Content-Type': type ?? 'application/json',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
      'X-Reinstate-Run': settings.release,
      ...headers,
    })
    response.end(typeof body === 'string' ? body : `${JSON.stringify(body)}\n`)
  }
  return createServer((request, response) => {
    answer(request).then(
      (given) => respond(response, given),
      (error: unknown) => {
        log.error({ error: String(error), path: request.url }, 'request failed')
        respond(response, { status: 500, body: { error: 'internal error' } })
      },
    )
  })
}

/** Listens on PORT, or on this port, until the signal. @throws an error if it is taken */
export async function listenUntil(
  server: Server,
  port: number,
  { settings, log, signal }: Service,
): Promise<void> {
  server.listen(settings.port ?? port)
  await once(server, 'listening')
  log.info({ port: settings.port ?? port }, 'listening')
  await stopOf(signal)
  server.close()
  server.closeAllConnections()
}
