import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { run, startService } from '../service.ts'
import type { Service } from '../service.ts'

const { MONGODB_URI } = process.env
if (MONGODB_URI === undefined)
  throw new Error('MONGODB_URI is missing: these tests need a database of their own')

let service: Service
before(async () => void (service = await startService({ MONGODB_URI })))
after(() => service.stop())

const api = async (path: string, body?: object) => {
  const response = await fetch(`${service.url}/api/${path}`, {
    ...(body && {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  return { status: response.status, location: response.headers.get('Location'), body: await response.json() }
}

describe('/health', () => {
  it('is 200 while the database answers', async () => {
    const response = await fetch(`${service.url}/health`)
    assert.equal(response.status, 200)
    assert.equal((await run('healthcheck', [], { PORT: new URL(service.url).port })).exitCode, 0)
  })
})

describe('/api', () => {
  it('creates, reads and lists documents, the newest first', async () => {
    const first = await api('agents', { name: 'First' })
    assert.equal(first.status, 201)
    assert.equal(first.location, `/api/agents/${first.body.id}`)
    const second = await api('agents', { name: 'Second', description: 'café ☕ \u0000' })
    assert.deepEqual((await api(`agents/${second.body.id}`)).body, second.body)
    const { body } = await api('agents?limit=2')
    assert.deepEqual(body, { agents: [second.body, first.body] })
  })

  it('creates a document of a given id once', async () => {
    const id = randomUUID()
    assert.equal((await api('sync', { id, agent: 'a-1', state: 'started' })).status, 201)
    assert.equal((await api('sync', { id, agent: 'a-1', state: 'failed' })).status, 409)
    assert.equal((await api(`sync/${id}`)).body.state, 'started')
  })

  it('creates one of twenty documents with the same id that are sent at once', async () => {
    const id = randomUUID()
    const evolution = { id, agent: 'a-1', change: 'Faster', score: 0.25 }
    const answers = await Promise.all(Array.from({ length: 20 }, () => api('evolutions', evolution)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(19).fill(409)])
  })

  it('refuses an invalid document and stores nothing', async () => {
    const before = (await api('evolutions')).body
    const { status, body } = await api('evolutions', { agent: 'a-1' })
    assert.equal(status, 400)
    assert.deepEqual(body.problems, ['change: missing'])
    assert.deepEqual((await api('evolutions')).body, before)
  })

  it('answers 404 for an unknown id and an unknown collection, 400 for a wrong limit', async () => {
    assert.equal((await api('agents/missing')).status, 404)
    assert.equal((await api('users')).status, 404)
    assert.equal((await api('agents?limit=0')).status, 400)
  })
})

describe('the programs of the image', () => {
  it('smoke passes against the service, and fails against another address', async () => {
    const { exitCode, output } = await run('smoke', [service.url])
    assert.equal(exitCode, 0, output)
    assert.equal((await run('smoke', ['http://127.0.0.1:1'])).exitCode, 1)
  })

  it('document reads what it wrote, writes it again, and fails for a name never written', async () => {
    const name = `doc-${randomUUID()}`
    assert.equal((await run('document', ['read', name, service.url])).exitCode, 1)
    for (const action of ['write', 'write', 'read']) {
      const { exitCode, output } = await run('document', [action, name, service.url])
      assert.equal(exitCode, 0, output)
    }
  })

  it('document fails where the stored content differs', async () => {
    const id = `doc-${randomUUID()}`
    await api('agents', { id, name: 'Somebody else' })
    const { exitCode, output } = await run('document', ['read', id, service.url])
    assert.equal(exitCode, 1)
    assert.match(output, /differs/)
  })
})
