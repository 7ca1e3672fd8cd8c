// smoke.js [URL] [--read-only]: calls every endpoint and compares each answer. Exit status 1 if one differs.
// Without --read-only it creates a document in each collection, so run it that way only on a stack of its own.
import { parseArgs } from 'node:util'
import { INSTALLER } from './app.ts'
import { collections } from './collections.ts'
import type { CollectionName } from './collections.ts'

const { values, positionals } = parseArgs({
  options: { 'read-only': { type: 'boolean', default: false } },
  allowPositionals: true,
})
const url = positionals[0] ?? `http://127.0.0.1:${process.env['PORT'] ?? 3011}`
const id = `smoke-${Date.now()}`
const examples: Readonly<Record<CollectionName, object>> = {
  agents: { id, name: 'Smoke test' },
  evolutions: { id, agent: id, change: 'Answers faster', score: 0.5 },
  sync: { id, agent: id, state: 'completed' },
}
let requests = 0
let failures = 0

interface Expected {
  readonly status: number
  readonly method?: 'GET' | 'POST'
  readonly send?: object
  /** What the answer must also satisfy. */
  readonly holds?: (body: string, headers: Headers) => boolean
}

async function expect(
  path: string,
  { status, method = 'GET', send, holds = () => true }: Expected,
): Promise<void> {
  requests += 1
  const start = performance.now()
  const outcome = await fetch(`${url}${path}`, {
    method,
    signal: AbortSignal.timeout(10_000),
    ...(send && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(send) }),
  }).then(
    async (response) => ({
      status: response.status,
      isRight: holds(await response.text(), response.headers),
    }),
    (error: unknown) => ({ status: String(error), isRight: false }),
  )
  const passed = outcome.status === status && outcome.isRight
  if (!passed) failures += 1
  const milliseconds = Math.round(performance.now() - start)
  const verdict = passed
    ? 'ok'
    : `FAILED, expected ${status}${outcome.status === status ? ' and other content' : ''}`
  console.log(`${method} ${path}: ${outcome.status}, ${milliseconds} ms, ${verdict}`)
}

await expect('/health', { status: 200, holds: (body) => body.includes('"status":"ok"') })
await expect('/version', { status: 200, holds: (body) => body.includes('"version":') })
await expect('/install.sh', { status: 200, holds: (body) => body === INSTALLER.toString() })
await expect('/', {
  status: 404,
  holds: (_body, headers) => headers.get('X-Content-Type-Options') === 'nosniff',
})
for (const collection of Object.keys(collections) as CollectionName[]) {
  const path = `/api/${collection}`
  await expect(`${path}?limit=1`, { status: 200, holds: (body) => body.startsWith(`{"${collection}":[`) })
  await expect(`${path}/missing`, { status: 404 })
  await expect(path, { status: 400, method: 'POST', send: { unknown: 1 } })
  if (values['read-only']) continue
  const holds = (body: string) => body.includes(`"id":"${id}"`)
  await expect(path, { status: 201, method: 'POST', send: examples[collection], holds })
  await expect(path, { status: 409, method: 'POST', send: examples[collection] })
  await expect(`${path}/${id}`, { status: 200, holds })
  await expect(path, { status: 200, holds })
}
console.log(`${requests - failures} of ${requests} answers are as documented`)
if (failures > 0) process.exitCode = 1
