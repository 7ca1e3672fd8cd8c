import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { routes } from '../src/app.ts'
import { refusalsOf, templateOf } from '../src/openapi.ts'
import { signToken, verifyToken } from '../src/tokens.ts'
import { createDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { startService } from './service.ts'
import type { TestService } from './service.ts'

let database: TestDatabase
let service: TestService
before(async () => {
  database = await createDatabase()
  service = await startService(database.url, { RELEASE: 'run-1', VERSION: '2.0.0' })
})
after(async () => {
  await service?.close()
  await database?.drop()
})

interface Sent {
  readonly token?: string | undefined
  readonly send?: unknown
}
/** Operations and statuses that were seen, as `get /path 200`. */
const seen = new Set<string>()

/** Sends a request; the answer must be one that the OpenAPI document describes. Returns its JSON. */
async function call(method: string, path: string, status: number, { token, send }: Sent = {}): Promise<any> {
  const response = await fetch(service.url + path, {
    method: method.toUpperCase(),
    headers: { ...(token && { Authorization: `Bearer ${token}` }), 'Content-Type': 'application/json' },
    ...(send !== undefined && { body: typeof send === 'string' ? send : JSON.stringify(send) }),
  })
  const body = await response.text()
  assert.equal(response.status, status, `${method} ${path}: ${body}`)
  assert.equal(response.headers.get('X-Reinstate-Run'), 'run-1')
  const [pathname = ''] = path.split('?')
  const route = routes.find(
    (one) => one.method === method && new RegExp(`^${one.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(pathname),
  )
  if (route) {
    const described = [route.status, ...Object.keys(refusalsOf(route)).map(Number)]
    assert.ok(described.includes(status), `${method} ${route.path} does not describe ${status}`)
    seen.add(`${method} ${templateOf(route)} ${status}`)
    if (status === route.status && status !== 204) route.answer.parse(JSON.parse(body))
  }
  return body && JSON.parse(body)
}

async function person(name: string) {
  const email = `${name}-${randomUUID()}@example.org`
  const send = { email, name, password: 'correct horse battery' }
  const { id } = await call('post', '/api/auth/sign-up', 201, { send })
  const { accessToken, refreshToken } = await call('post', '/api/auth/sign-in', 200, { send })
  return { id, email, token: accessToken as string, refreshToken, send }
}

async function organization(token: string) {
  const send = { name: 'Own' }
  const { id } = await call('post', '/api/organizations', 201, { token, send })
  return { id: id as string, path: `/api/organizations/${id}` }
}

describe('organizations', () => {
  it('are listed for everybody, those from before too', async () => {
    const { organizations } = await call('get', '/api/organizations', 200)
    assert.ok(organizations.some(({ name }: { name: string }) => name === 'Organization 7'))
  })

  it('are created, read, changed and deleted by their owner', async () => {
    const { token } = await person('owner')
    const { path } = await organization(token)
    const send = { description: 'What it does' }
    assert.equal((await call('patch', path, 200, { token, send })).description, 'What it does')
    assert.equal((await call('get', path, 200, { token })).name, 'Own')
    await call('patch', path, 400, { token, send: { name: ' ' } })
    await call('post', '/api/organizations', 400, { token, send: {} })
    await call('post', '/api/organizations', 400, { token, send: '{"name": ' })
    await call('delete', path, 204, { token })
    await call('get', path, 403, { token })
  })

  it('have members, whom the owner adds, changes and removes; the owner stays', async () => {
    const [owner, other] = [await person('owner'), await person('other')]
    const { token } = owner
    const { path } = await organization(token)
    const put = (email: string, role: string, status: number) =>
      call('put', `${path}/members`, status, { token, send: { email, role } })
    assert.equal((await put(other.email, 'viewer', 200)).role, 'viewer')
    assert.equal((await put(other.email.toUpperCase(), 'admin', 200)).role, 'admin')
    await put('nobody@example.org', 'viewer', 404)
    await put(owner.email, 'viewer', 409)
    await put(other.email, 'owner', 400)
    const { members } = await call('get', `${path}/members`, 200, { token })
    assert.deepEqual(members.map(({ role }: { role: string }) => role).sort(), ['admin', 'owner'])
    await call('delete', `${path}/members/${other.id}`, 204, { token })
    await call('delete', `${path}/members/${other.id}`, 404, { token })
    await call('delete', `${path}/members/${owner.id}`, 404, { token })
    await call('get', path, 403, { token: other.token })
  })
})

describe('authentication', () => {
  it('takes an email once, and tells nobody whether it exists', async () => {
    const { send } = await person('once')
    await call('post', '/api/auth/sign-up', 409, { send })
    await call('post', '/api/auth/sign-up', 400, { send: { ...send, password: 'short' } })
    const wrong = await call('post', '/api/auth/sign-in', 401, { send: { ...send, password: 'wrong' } })
    const unknown = { email: 'nobody@example.org', password: 'wrong' }
    assert.deepEqual(await call('post', '/api/auth/sign-in', 401, { send: unknown }), wrong)
    await call('post', '/api/auth/sign-in', 400, { send: {} })
  })

  it('refuses forged and expired tokens, and those whose session has ended', async () => {
    const { token } = await person('token')
    const bearer = await verifyToken(token, service.settings)
    assert.ok(bearer)
    const { settings } = service
    await call('get', '/api/auth/me', 200, { token })
    const expired = await signToken(bearer, { ...settings, tokenSeconds: -1 })
    await call('get', '/api/auth/me', 401, { token: expired })
    const forged = await signToken(bearer, { ...settings, jwtSecret: Buffer.from('x'.repeat(40)) })
    await call('get', '/api/auth/me', 401, { token: forged })
    await call('post', '/api/auth/sign-out', 204, { token })
    await call('get', '/api/auth/me', 401, { token })
  })

  it('exchanges a refresh token once; a second time ends the session', async () => {
    const { refreshToken } = await person('refresh')
    const fresh = await call('post', '/api/auth/refresh', 200, { send: { refreshToken } })
    await call('get', '/api/auth/me', 200, { token: fresh.accessToken })
    await call('post', '/api/auth/refresh', 401, { send: { refreshToken } })
    await call('get', '/api/auth/me', 401, { token: fresh.accessToken })
    await call('post', '/api/auth/refresh', 400, { send: {} })
  })

  it('deletes an account that owns nothing', async () => {
    const { token } = await person('gone')
    const { path, id } = await organization(token)
    const own = await call('get', '/api/auth/me', 200, { token })
    assert.deepEqual(own.organizations, [{ id, name: 'Own', role: 'owner' }])
    await call('delete', '/api/auth/me', 409, { token })
    await call('delete', path, 204, { token })
    await call('delete', '/api/auth/me', 204, { token })
    await call('get', '/api/auth/me', 401, { token })
  })
})

describe('permissions', () => {
  it('allow each role what its rows say, by every operation', async () => {
    const [owner, other] = [await person('owner'), await person('other')]
    const { path, id } = await organization(owner.token)
    const { token } = other
    const { roles } = await call('get', '/api/permissions', 200, { token })
    for (const { role, permissions } of roles as { role: string; permissions: string[] }[]) {
      if (role === 'owner') continue
      await call('put', `${path}/members`, 200, { token: owner.token, send: { email: other.email, role } })
      const may = (permission: string) => permissions.includes(permission)
      const send = { name: `Of ${role}` }
      await call('post', `${path}/agents`, may('agents:write') ? 201 : 403, { token, send })
      await call('patch', path, may('organization:update') ? 200 : 403, { token, send: {} })
      await call('delete', path, 403, { token })
      for (const permission of ['agents:write', 'organization:delete']) {
        const query = `?organization=${id}&permission=${permission}`
        assert.deepEqual(await call('get', `/api/permissions/check${query}`, 200, { token }), {
          allowed: may(permission),
        })
      }
    }
    await call('get', '/api/permissions/check?permission=all', 400, { token })
  })
})

describe('agents', () => {
  it('are added, changed and removed, each name once in an organization', async () => {
    const { token } = await person('owner')
    const { path } = await organization(token)
    const send = { name: 'Builder' }
    const agent = await call('post', `${path}/agents`, 201, { token, send })
    await call('post', `${path}/agents`, 409, { token, send })
    await call('post', `${path}/agents`, 400, { token, send: {} })
    const one = `${path}/agents/${agent.id}`
    const working = { status: 'working' }
    assert.equal((await call('patch', one, 200, { token, send: working })).status, 'working')
    await call('patch', one, 400, { token, send: { status: 'asleep' } })
    assert.equal((await call('get', `${path}/agents`, 200, { token })).agents.length, 1)
    await call('delete', one, 204, { token })
    await call('delete', one, 404, { token })
    await call('patch', one, 404, { token, send: working })
    await call('get', `${path.slice(0, -1)}/agents`, 400, { token })
  })
})

describe('the OpenAPI document', () => {
  it('describes every operation, each with the statuses that it may answer', async () => {
    const document = await call('get', '/openapi.json', 200)
    for (const { method, path, access, status } of routes) {
      const operation = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')][method]
      assert.ok(operation.responses[status], `${method} ${path}`)
      assert.deepEqual(operation.security, access === 'public' ? [] : [{ token: [] }])
    }
    const count = Object.values(document.paths as Record<string, object>).flatMap(Object.keys).length
    assert.equal(count, routes.length)
  })

  it('is true: no operation without a token, and none with another’s, but those for everybody', async () => {
    const [owner, stranger] = [await person('owner'), await person('stranger')]
    const { id } = await organization(owner.token)
    for (const { method, path, access, body } of routes) {
      const own = path.replace(':organization', id).replaceAll(/:\w+/g, owner.id)
      const send = body && {}
      if (access !== 'public') await call(method, own, 401, { send })
      if (access.includes(':')) {
        const right = { name: 'A name', email: owner.email, role: 'viewer', status: 'idle' }
        await call(method, own, 403, { token: stranger.token, ...(body && { send: right }) })
        await call(method, own.replace(id, 'no-id'), 400, { token: stranger.token, ...(body && { send }) })
      }
    }
  })

  it('has no success that no test saw', () => {
    const missing = routes
      .map((route) => `${route.method} ${templateOf(route)} ${route.status}`)
      .filter((operation) => !seen.has(operation))
    assert.deepEqual(missing, [])
  })
})

describe('requests that nothing describes', () => {
  it('are refused: other paths, too long, without a readable path', async () => {
    await call('get', '/missing', 404)
    const owner = await person('owner')
    await call('delete', '/api/organizations/%E0%A4%A', 400, { token: owner.token })
    const { status } = await fetch(`${service.url}/api/auth/sign-in`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'x'.repeat(200_000) }),
    })
    assert.equal(status, 413)
  })

  it('get 500 where the program fails, and the log the reason', async () => {
    await database.query('alter table auth.session rename to away')
    try {
      const { token } = {
        token: await signToken({ user: randomUUID(), session: randomUUID() }, service.settings),
      }
      const response = await fetch(`${service.url}/api/auth/me`, {
        headers: { Authorization: `Bearer ${token}` },
      })
      assert.equal(response.status, 500)
      assert.match(service.log.join('\n'), /error request failed .*auth\.session/)
    } finally {
      await database.query('alter table auth.away rename to session')
    }
  })
})
