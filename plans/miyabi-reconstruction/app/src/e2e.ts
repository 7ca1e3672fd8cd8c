// e2e.js GROUP [URL]: uses the service as people do, with accounts and an organization of its own, which it removes.
// GROUP: organizations, auth, permissions, agents, pages or all. Exit status 1 if an answer is wrong.
import { randomUUID } from 'node:crypto'
import { pages } from './app.ts'
import { createProbe } from './probe.ts'
import { signToken, verifyToken } from './tokens.ts'
import { readSettings } from './settings.ts'

const settings = readSettings(process.env)
const group = process.argv[2] ?? 'all'
const { ask, sum } = createProbe(process.argv[3] ?? `http://127.0.0.1:${settings.port}`)

interface Person {
  readonly email: string
  readonly password: string
  readonly token: string
  readonly refreshToken: string
}

async function signUp(name: string): Promise<Person> {
  const email = `${name}-${randomUUID()}@e2e.example.org`
  const password = randomUUID()
  await ask('/api/auth/sign-up', { status: 201, method: 'POST', send: { email, name, password } })
  const send = { email, password }
  const tokens = await ask('/api/auth/sign-in', { status: 200, method: 'POST', send })
  return { email, password, token: tokens?.accessToken, refreshToken: tokens?.refreshToken }
}

const owner = await signUp('owner')
const other = await signUp('other')
const { token } = owner
const created = await ask('/api/organizations', { status: 201, method: 'POST', token, send: { name: 'E2E' } })
const own = `/api/organizations/${created?.id}`
const addOther = (role: string) =>
  ask(`${own}/members`, { status: 200, method: 'PUT', token, send: { email: other.email, role } })

const groups: Readonly<Record<string, () => Promise<unknown>>> = {
  organizations: async () => {
    await ask('/api/organizations', { status: 200, holds: (body) => body.includes('"organizations":[') })
    await ask(own, { status: 200, token, holds: (body) => body.includes('"name":"E2E"') })
    const send = { description: 'Of a test' }
    await ask(own, { status: 200, method: 'PATCH', token, send, holds: (body) => body.includes('Of a test') })
    await ask(own, { status: 400, method: 'PATCH', token, send: { name: '' } })
    const member = await addOther('viewer')
    await ask(`${own}/members`, { status: 200, token, holds: (body) => body.includes('"role":"viewer"') })
    await ask(`${own}/members/${member?.id}`, { status: 204, method: 'DELETE', token })
  },
  auth: async () => {
    await ask('/api/auth/me', { status: 200, token, holds: (body) => body.includes(owner.email) })
    const wrong = { email: owner.email, password: 'not the password' }
    await ask('/api/auth/sign-in', { status: 401, method: 'POST', send: wrong })
    await ask('/api/auth/me', { status: 401 })
    const bearer = await verifyToken(token, settings)
    if (bearer === undefined) throw new Error('this program has another JWT_SECRET than the service')
    const otherKey = { ...settings, jwtSecret: Buffer.from(randomUUID()) }
    const forged = await signToken(bearer, otherKey)
    const expired = await signToken(bearer, { ...settings, tokenSeconds: -60 })
    const unsigned = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${token.split('.')[1]}.`
    for (const bad of [forged, expired, unsigned]) await ask('/api/auth/me', { status: 401, token: bad })
    const send = { refreshToken: other.refreshToken }
    const fresh = await ask('/api/auth/refresh', { status: 200, method: 'POST', send })
    await ask('/api/auth/me', { status: 200, token: fresh?.accessToken })
    // The copy of a thief: the session ends for both.
    await ask('/api/auth/refresh', { status: 401, method: 'POST', send })
    await ask('/api/auth/me', { status: 401, token: fresh?.accessToken })
  },
  permissions: async () => {
    await ask('/api/permissions', { status: 200, token, holds: (body) => body.includes('"role":"owner"') })
    await ask(own, { status: 403, token: (await again(other)).token })
    for (const [role, mayWrite] of [
      ['viewer', false],
      ['member', true],
    ] as const) {
      await addOther(role)
      const { token } = await again(other)
      const query = `?organization=${created?.id}&permission=agents:write`
      const holds = (body: string) => body === `{"allowed":${mayWrite}}`
      await ask(`/api/permissions/check${query}`, { status: 200, token, holds })
      const send = { name: `of ${role}` }
      await ask(`${own}/agents`, { status: mayWrite ? 201 : 403, method: 'POST', token, send })
      await ask(own, { status: 403, method: 'DELETE', token })
    }
  },
  agents: async () => {
    const agent = await ask(`${own}/agents`, {
      status: 201,
      method: 'POST',
      token,
      send: { name: 'Builder' },
    })
    await ask(`${own}/agents`, { status: 409, method: 'POST', token, send: { name: 'Builder' } })
    const send = { status: 'working' }
    await ask(`${own}/agents/${agent?.id}`, { status: 200, method: 'PATCH', token, send })
    await ask(`${own}/agents`, { status: 200, token, holds: (body) => body.includes('"status":"working"') })
    await ask(`${own}/agents/${agent?.id}`, { status: 204, method: 'DELETE', token })
    await ask(`${own}/agents/${agent?.id}`, { status: 404, method: 'DELETE', token })
  },
  pages: async () => {
    for (const path of Object.keys(pages))
      await ask(path, { status: 200, holds: (body) => body.length > 100 })
    for (const page of ['/', '/sign-in', '/admin'])
      await ask(page, {
        status: 200,
        holds: (body) =>
          [...body.matchAll(/ (?:src|href)="(\/[^"#]*)"/g)].every(([, path = '']) => path in pages),
      })
  },
}

/** Signs in once more: the session before may have ended. */
async function again(person: Person): Promise<Person> {
  const { email, password } = person
  const send = { email, password }
  const tokens = await ask('/api/auth/sign-in', { status: 200, method: 'POST', send })
  return { ...person, token: tokens?.accessToken }
}

const chosen = group === 'all' ? Object.values(groups) : [groups[group]]
for (const use of chosen) {
  if (use === undefined)
    throw new Error(`there is no group ${group}: ${Object.keys(groups).join(', ')} or all`)
  await use()
}
await ask(own, { status: 204, method: 'DELETE', token })
for (const person of [owner, other])
  await ask('/api/auth/me', { status: 204, method: 'DELETE', token: (await again(person)).token })
process.exitCode = sum(`e2e ${group}`)
