import { readFileSync } from 'node:fs'
import cors from 'cors'
import express from 'express'
import type { ErrorRequestHandler, Express, RequestHandler } from 'express'
import helmet from 'helmet'
import { collections, problemsOf } from './collections.ts'
import type { CollectionName } from './collections.ts'
import { DuplicateId, isAway } from './database.ts'
import type { Database } from './database.ts'
import type { Log } from './log.ts'
import type { Settings } from './settings.ts'

/** The script that /install.sh serves, byte for byte. */
export const INSTALLER = readFileSync(new URL('../../install.sh', import.meta.url))

interface Parts {
  readonly settings: Settings
  readonly database: Database
  readonly log: Log
  /** Whether the process has been told to stop; each response then ends its connection. */
  readonly isStopping: () => boolean
}

/** The service without its port. Every response names the release in X-Reinstate-Run. */
export function createApp({ settings, database, log, isStopping }: Parts): Express {
  const { version, release } = settings
  const app = express()
  app.use(logRequests(log))
  app.use((_request, response, next) => {
    response.set('X-Reinstate-Run', release)
    if (isStopping()) response.set('Connection', 'close')
    next()
  })
  app.use(helmet())
  app.use(cors({ origin: [...settings.corsOrigins] }))
  app.use(express.json({ limit: '100kb' }))

  app.get('/health', async (_request, response) => {
    await database.ping()
    response.json({ status: 'ok', version })
  })
  app.get('/version', (_request, response) => void response.json({ version, release }))
  app.get('/install.sh', (_request, response) => void response.type('text/x-shellscript').send(INSTALLER))
  for (const collection of Object.keys(collections) as CollectionName[])
    app.use(`/api/${collection}`, collectionRoutes(collection, database))

  app.use((_request, response) => void response.status(404).json({ error: 'not found' }))
  app.use(answerError(log))
  return app
}

function collectionRoutes(collection: CollectionName, database: Database): express.Router {
  const router = express.Router()
  router.get('/', async ({ query }, response) => {
    const limit = Number(query['limit'] ?? 50)
    if (Number.isInteger(limit) && limit >= 1 && limit <= 100)
      response.json({ [collection]: await database.list(collection, limit) })
    else
      response
        .status(400)
        .json({ error: 'invalid', problems: ['limit: must be a whole number from 1 to 100'] })
  })
  router.get('/:id', async ({ params }, response) => {
    const document = await database.read(collection, params.id)
    if (document) response.json(document)
    else response.status(404).json({ error: 'not found' })
  })
  router.post('/', async ({ body }: { body: unknown }, response) => {
    const problems = problemsOf(collection, body)
    if (problems.length > 0) return void response.status(400).json({ error: 'invalid', problems })
    const document = await database.create(collection, body as Record<string, unknown>)
    response.status(201).location(`/api/${collection}/${document.id}`).json(document)
  })
  return router
}

function logRequests(log: Log): RequestHandler {
  return (request, response, next) => {
    const start = performance.now()
    response.once('close', () => {
      const { method, path } = request
      const milliseconds = Math.round(performance.now() - start)
      // Health checks come every few seconds.
      const level = path === '/health' && response.statusCode === 200 ? 'debug' : 'info'
      log.log(level, 'request', { method, path, status: response.statusCode, milliseconds })
    })
    next()
  }
}

function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, { method, path }, response, _next) => {
    if (response.headersSent) return void response.destroy()
    if (error instanceof DuplicateId) return void response.status(409).json({ error: 'the id exists' })
    if (isAway(error)) {
      log.warn('database does not answer', { method, path, reason: (error as Error).message })
      return void response.status(503).set('Retry-After', '5').json({ error: 'database does not answer' })
    }
    const status = clientErrorStatus(error)
    if (status !== undefined) return void response.status(status).json({ error: (error as Error).message })
    log.error('request failed', { method, path, error: error instanceof Error ? error.stack : String(error) })
    response.status(500).json({ error: 'internal error' })
  }
}

/** The status of a request that Express could not read: malformed JSON, too long, a malformed path. */
function clientErrorStatus(error: unknown): number | undefined {
  const { status } = error as { status?: unknown }
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined
}
