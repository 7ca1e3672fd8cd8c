import { readFileSync } from 'node:fs'
import express from 'express'
import type { ErrorRequestHandler, Express, Request, Response } from 'express'
import { z } from 'zod'
import { Away, Conflict } from './database.ts'
import type { Database } from './database.ts'
import { reasonOf } from './log.ts'
import type { Log } from './log.ts'
import { createDocument } from './openapi.ts'
import { id, Refused } from './route.ts'
import type { Route } from './route.ts'
import { agents } from './routes/agents.ts'
import { auth } from './routes/auth.ts'
import { listOrganizations, organizations } from './routes/organizations.ts'
import { permissions } from './routes/permissions.ts'
import type { Settings } from './settings.ts'
import { verifyToken } from './tokens.ts'
import type { Bearer } from './tokens.ts'

export const routes: readonly Route[] = [...organizations, ...auth, ...permissions, ...agents]

/** The pages and what they load, by path. */
export const pages: Readonly<Record<string, string>> = {
  '/': 'organizations.html',
  '/sign-in': 'sign-in.html',
  '/admin': 'admin.html',
  ...Object.fromEntries(
    ['style.css', 'main.js', 'page.js', 'client.js', 'organizations.js', 'sign-in.js', 'admin.js'].map(
      (file) => [`/${file}`, file],
    ),
  ),
}

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
}

interface Parts {
  readonly settings: Settings
  readonly database: Database
  readonly log: Log
  /** Whether the process has been told to stop; each response then ends its connection. */
  readonly isStopping: () => boolean
}

/** The service without its port. Every response names the release in X-Reinstate-Run. */
export function createApp(parts: Parts): Express {
  const { settings, database, log, isStopping } = parts
  const { version, release, serves } = settings
  const app = express()
  app.disable('x-powered-by').disable('etag')
  app.use((_request, response, next) => {
    response.set({ ...HEADERS, 'X-Reinstate-Run': release, ...(isStopping() && { Connection: 'close' }) })
    next()
  })
  app.use(express.json({ limit: '100kb' }))
  app.get('/health', async (_request, response) => {
    await database.query('select 1')
    response.json({ status: 'ok', version })
  })
  app.get('/version', (_request, response) => void response.json({ version, release, serves }))
  if (serves === 'list') {
    add(app, listOrganizations, parts)
    app.get('/', async (_request, response) => {
      const [page] = await database.query<{ html: string }>(
        "select html from public.page_cache where path = '/'",
      )
      response
        .status(page ? 200 : 404)
        .type('html')
        .send(page?.html ?? '')
    })
  } else {
    for (const route of routes) add(app, route, parts)
    const document = createDocument(routes, version)
    app.get('/openapi.json', (_request, response) => void response.json(document))
    for (const [path, file] of Object.entries(pages)) {
      const content = readFileSync(new URL(`../pages/${file}`, import.meta.url), 'utf8')
      app.get(
        path,
        (_request, response) => void response.type(file.slice(file.lastIndexOf('.'))).send(content),
      )
    }
  }
  app.use(() => {
    throw new Refused(404, 'not found')
  })
  app.use(answerError(log))
  return app
}

/** In this order: who calls, whether the request is as described, whether the caller may. */
function add(app: Express, route: Route, { settings, database }: Parts): void {
  const { access, query = {}, body, status, handle } = route
  app[route.method](route.path, async (request: Request, response: Response) => {
    const bearer = access === 'public' ? NOBODY : await bearerOf(request, database, settings)
    const params = {
      ...parse(z.record(z.string(), id), request.params),
      ...parse(z.object(query), request.query),
    }
    const call = { params, body: body && parse(body, request.body), bearer, database, settings }
    if (access.includes(':')) {
      const values = [bearer.user, params['organization'], access]
      const [answer] = await database.query<{ allowed: boolean }>(
        'select rbac.allows($1, $2, $3) as allowed',
        values,
      )
      if (!answer?.allowed) throw new Refused(403, `no permission ${access} in this organization`)
    }
    const answer = await handle(call)
    response.status(status)
    if (status === 204) response.end()
    else response.json(answer)
  })
}

const NOBODY: Bearer = { user: '', session: '' }

/** A token is good as long as its session is there, so that signing out ends it at once. */
async function bearerOf({ headers }: Request, database: Database, settings: Settings): Promise<Bearer> {
  const [, token = ''] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? []
  const bearer = await verifyToken(token, settings)
  const [session] = bearer
    ? await database.query('select from auth.session where id = $1 and user_id = $2 and expires_at > now()', [
        bearer.session,
        bearer.user,
      ])
    : []
  if (bearer === undefined || session === undefined)
    throw new Refused(401, 'the token is missing, expired or forged')
  return bearer
}

class Invalid extends Refused {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(400, 'the request is not as described')
    this.problems = problems
  }
}

function parse<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  throw new Invalid(
    error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')),
  )
}

function answerError(log: Log): ErrorRequestHandler {
  return (error: unknown, { method, path }, response, _next) => {
    const refuse = (status: number, reason: string) => void response.status(status).json({ error: reason })
    if (error instanceof Invalid)
      return void response.status(400).json({ error: error.message, problems: error.problems })
    if (error instanceof Refused) return refuse(error.status, error.message)
    if (error instanceof Conflict) return refuse(409, 'it exists already')
    if (error instanceof Away) {
      log('warn', 'the database does not answer', { method, path, reason: error.message })
      response.set('Retry-After', '5')
      return refuse(503, 'the database does not answer')
    }
    // A request that Express could not read: malformed JSON, too long, a malformed path.
    const { status } = error as { status?: unknown }
    if (typeof status === 'number' && status >= 400 && status < 500) return refuse(status, reasonOf(error))
    log('error', 'request failed', {
      method,
      path,
      error: error instanceof Error ? error.stack : String(error),
    })
    refuse(500, 'internal error')
  }
}
