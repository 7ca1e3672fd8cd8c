import express from 'express'
import type { ErrorRequestHandler, Express } from 'express'
import { z } from 'zod'
import { act, DoubleAction, eventSchema, listAgents, NoAgent } from './agents.ts'
import type { Cache } from './cache.ts'
import { renderDashboard } from './dashboard.ts'
import { Absent, Away, Violation } from './database.ts'
import type { Database } from './database.ts'
import { reasonOf } from './log.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Settings } from './settings.ts'
import type { Workflows } from './workflows.ts'

export interface Parts {
  readonly settings: Settings
  readonly database: Database
  readonly cache: Cache
  readonly metrics: Metrics
  readonly log: Log
  readonly workflows: Workflows
  /** Changes with every change of the agents and of the rollout: part of each key of the cache. */
  readonly generation: () => string
  /** Whether the process has been told to stop; each response then ends its connection. */
  readonly isStopping: () => boolean
}

const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

/** The service without its port. Every response names the release in X-Reinstate-Run. */
export function createApp(parts: Parts): Express {
  const { settings, database, cache, metrics, log, workflows, isStopping } = parts
  const { version, release, serves } = settings
  const app = express()
  app.disable('x-powered-by').disable('etag')
  app.use((_request, response, next) => {
    response.set({ ...HEADERS, 'X-Reinstate-Run': release, ...(isStopping() && { Connection: 'close' }) })
    metrics.count('http_requests_total')
    response.once('finish', () => {
      if (response.statusCode >= 500) metrics.count('http_errors_total')
    })
    next()
  })
  app.use(express.json({ limit: '100kb' }))
  app.get('/health', async (_request, response) => {
    await database.query('select 1')
    response.json({ status: 'ok', version, cache: cache.isThere() ? 'there' : 'away' })
  })
  app.get('/version', (_request, response) => {
    response.json({ version, release, serves, workflows: workflows.version })
  })
  app.get('/metrics', async (_request, response) => {
    const gauges = { cache_up: cache.isThere() ? 1 : 0, ...(await gaugesOf(database)) }
    response.type('text/plain; version=0.0.4').send(metrics.text(gauges))
  })
  app.get('/api/agents', async (_request, response) => {
    const agents = await cache.get(agentsKey(parts), () => listAgents(database, serves))
    response.json({ agents })
  })
  app.post('/api/events', async (request, response) => {
    const acted = await act(database, eventSchema.parse(request.body), { serves, workflows })
    if (!acted.again) metrics.count('actions_total')
    response.status(acted.again ? 200 : 201).json(acted)
  })
  if (serves === 'v2') addWeeks(app, parts)
  app.use((_request, response) => void response.status(404).json({ error: 'not found' }))
  app.use(answerError(log, metrics))
  return app
}

export const agentsKey = ({ settings, generation }: Pick<Parts, 'settings' | 'generation'>) =>
  `agents:${settings.serves}:${generation()}`

/** What works from a week of the plan on, and is 404 before. */
function addWeeks(app: Express, { database, settings }: Parts): void {
  app.get('/dashboard', async (_request, response) => {
    response.type('html').send(await renderDashboard(database, settings.release))
  })
  app.get('/api/reports/:kind', async ({ params }, response) => {
    const kind = z.enum(['daily', 'weekly', 'monthly']).parse(params['kind'])
    const [report] = await database.query(
      'select kind, starts_on::text, body, before from kpi.trend where kind = $1 order by starts_on desc limit 1',
      [kind],
    )
    await logAccess(database, `report ${kind}`)
    response.status(report ? 200 : 404).json(report ?? { error: 'there is no such report yet' })
  })
  app.get('/api/editions', async (_request, response) => {
    const editions = await database.query(
      'select id, artwork, left_over, price from business.scarcity order by artwork',
    )
    response.json({ editions })
  })
  app.post('/api/editions/:id/buy', async ({ params, body }, response) => {
    const edition = z.guid().parse(params['id'])
    const { customer } = z.strictObject({ customer: z.guid() }).parse(body)
    const [bought] = await database.query('select business.buy($1, $2) as number', [edition, customer])
    response.status(201).json(bought)
  })
}

async function logAccess(database: Database, what: string): Promise<void> {
  try {
    await database.query('insert into governance.access (what, read_by) values ($1, $2)', [what, 'http'])
  } catch (error) {
    // Before the week of governance.
    if (!(error instanceof Absent)) throw error
  }
}

async function gaugesOf(database: Database): Promise<Record<string, number>> {
  try {
    const [row] = await database.query<Record<string, string>>(
      'select extract(epoch from behind) as reporting_lag_seconds, (select count(*) from agents.acting) as acting from finance.lag',
    )
    return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)]))
  } catch (error) {
    // Before the week of finance.
    if (error instanceof Absent) return {}
    throw error
  }
}

const STATUS = { unique: 409, check: 409, reference: 422, 'none-such': 404 } as const

function answerError(log: Log, metrics: Metrics): ErrorRequestHandler {
  return (error: unknown, { method, path }, response, _next) => {
    const refuse = (status: number, reason: string) => void response.status(status).json({ error: reason })
    if (error instanceof z.ZodError)
      return void response
        .status(422)
        .json({ error: 'the request is not as described', problems: z.flattenError(error) })
    if (error instanceof NoAgent) return refuse(404, error.message)
    if (error instanceof DoubleAction) {
      metrics.count('double_actions_total')
      log.error({ reason: error.message }, 'two agents acted on one event')
      return refuse(409, error.message)
    }
    if (error instanceof Violation) return refuse(STATUS[error.kind], error.message)
    if (error instanceof Absent) return refuse(404, 'not there yet')
    if (error instanceof Away) {
      log.warn({ method, path, reason: error.message }, 'the database does not answer')
      response.set('Retry-After', '5')
      return refuse(503, 'the database does not answer')
    }
    // A request that Express could not read: malformed JSON, too long, a malformed path.
    const { status } = error as { status?: unknown }
    if (typeof status === 'number' && status >= 400 && status < 500) return refuse(status, reasonOf(error))
    log.error({ method, path, error: error instanceof Error ? error.stack : String(error) }, 'request failed')
    refuse(500, 'internal error')
  }
}
