import { readFlow } from './flow.ts'
import { createHttpServer, listenUntil } from './http.ts'
import type { Answer } from './http.ts'
import { metricsOf } from './metrics.ts'
import { pageOf } from './page.ts'
import { repeat, sayAlive } from './service.ts'
import type { Service } from './service.ts'
import { openStore } from './store.ts'

/** Shows the flow of messages: `/` for people, `/api/flow` for programs, `/metrics` for Prometheus. Without the database: status 503. */
export async function runDashboard(service: Service): Promise<void> {
  const { settings, log } = service
  const store = openStore(settings, log, 'bus-dashboard')
  const flow = () => readFlow(settings, store)
  const answer = (isThere: boolean, rest: Omit<Answer, 'status'>): Answer => ({
    status: isThere ? 200 : 503,
    ...rest,
  })
  const http = createHttpServer(service, {
    '/': async () => {
      const shown = await flow()
      const headers = { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" }
      return answer(shown.totals !== undefined, {
        type: 'text/html; charset=utf-8',
        headers,
        body: pageOf(shown),
      })
    },
    '/api/flow': async () => {
      const shown = await flow()
      return answer(shown.totals !== undefined, { body: shown })
    },
    // Prometheus takes no numbers from an answer other than 200; bus_up tells.
    '/metrics': async () => ({
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: metricsOf(await flow()),
    }),
    '/health': async () => {
      const { totals, alerts } = await flow()
      return answer(totals !== undefined, {
        body: { status: totals ? 'ok' : 'the database does not answer', alerts },
      })
    },
    '/version': () => ({ body: { version: settings.version, release: settings.release } }),
  })
  const alive = repeat(service, { name: 'health', seconds: 5 }, async () => sayAlive())
  await listenUntil(http, 8090, service)
  await alive
  await store.close()
}
