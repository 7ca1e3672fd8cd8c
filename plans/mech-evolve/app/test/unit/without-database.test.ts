import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { freePort, run, startService } from '../service.ts'
import type { Service } from '../service.ts'

// The service gives up after two or three seconds; a busy builder needs longer. The driver's own limit is 30 seconds.
const QUICKLY_MS = 12_000

describe('the service while nothing listens at MONGODB_URI', { concurrency: true }, () => {
  let service: Service
  before(async () => {
    const MONGODB_URI = `mongodb://127.0.0.1:${await freePort()}/mech`
    service = await startService({ MONGODB_URI, RELEASE: 'r-1', CORS_ORIGINS: 'https://example.org' })
  })
  after(() => service.stop())

  it('answers 503 quickly, on /health and on the API', async () => {
    for (const path of ['/health', '/api/agents']) {
      const start = performance.now()
      const response = await fetch(`${service.url}${path}`)
      assert.equal(response.status, 503)
      assert.deepEqual(await response.json(), { error: 'database does not answer' })
      assert.ok(performance.now() - start < QUICKLY_MS)
    }
  })

  it('fails its health check', async () => {
    const { exitCode, output } = await run('healthcheck', [], { PORT: new URL(service.url).port })
    assert.equal(exitCode, 1)
    assert.match(output, /^503 /)
  })

  it('serves the installer byte for byte', async () => {
    const served = await (await fetch(`${service.url}/install.sh`)).arrayBuffer()
    assert.deepEqual(Buffer.from(served), await readFile('install.sh'))
  })

  it('names its release, and hardens its headers', async () => {
    const { headers } = await fetch(`${service.url}/version`)
    assert.equal(headers.get('X-Reinstate-Run'), 'r-1')
    assert.equal(headers.get('X-Powered-By'), null)
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff')
  })

  it('lets pages of listed origins call it, and no others', async () => {
    const allowed = async (origin: string) =>
      (await fetch(`${service.url}/version`, { headers: { Origin: origin } })).headers.get(
        'Access-Control-Allow-Origin',
      )
    assert.equal(await allowed('https://example.org'), 'https://example.org')
    assert.equal(await allowed('https://example.net'), null)
  })

  it('answers malformed and too long bodies with 400 and 413', async () => {
    const send = async (body: string) =>
      (
        await fetch(`${service.url}/api/agents`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body,
        })
      ).status
    assert.equal(await send('{'), 400)
    assert.equal(await send(JSON.stringify({ name: 'x'.repeat(200_000) })), 413)
  })
})

describe('the service while the database accepts connections and does not answer', () => {
  it('answers 503 quickly', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const service = await startService({ MONGODB_URI: `mongodb://127.0.0.1:${port}/mech` })
    const start = performance.now()
    assert.equal((await fetch(`${service.url}/health`)).status, 503)
    assert.ok(performance.now() - start < QUICKLY_MS)
    await service.stop()
    silent.close()
  })
})

describe('SIGTERM', () => {
  it('ends the service after the running requests, with exit status 0 and JSON lines only', async () => {
    const MONGODB_URI = `mongodb://127.0.0.1:${await freePort()}/mech`
    const service = await startService({ MONGODB_URI, LOG_LEVEL: 'debug' })
    // This request takes two seconds, until the database counts as away.
    const running = fetch(`${service.url}/health`)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const stopped = service.stop()
    assert.equal((await running).status, 503)
    const { exitCode, log } = await stopped
    assert.equal(exitCode, 0)
    assert.deepEqual([log[0]?.['message'], log.at(-1)?.['message']], ['listening', 'stopped'])
    assert.ok(
      log.some(({ message, path, status }) => message === 'request' && path === '/health' && status === 503),
    )
    assert.ok(log.every(({ timestamp, level, version }) => timestamp && level && version))
  })
})
