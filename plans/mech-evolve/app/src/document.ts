// document.js write|read NAME [URL]: writes or reads an agent whose content follows from its name, through the service.
// It proves that what one version wrote, another version reads. Writing it again is no error if the content is equal.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'

const [action = '', name = '', url = `http://127.0.0.1:${process.env['PORT'] ?? 3011}`] =
  process.argv.slice(2)
const expected = {
  id: name,
  name: `Document ${name}`,
  description: createHash('sha256').update(name).digest('hex'),
}
const request = (path: string, options: RequestInit = {}) =>
  fetch(`${url}${path}`, { ...options, signal: AbortSignal.timeout(10_000) })

async function write(): Promise<void> {
  const response = await request('/api/agents', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(expected),
  })
  if (response.status !== 201 && response.status !== 409)
    throw new Error(`POST /api/agents: status ${response.status}: ${await response.text()}`)
}

async function read(): Promise<void> {
  const response = await request(`/api/agents/${name}`)
  if (response.status !== 200)
    throw new Error(`document ${name}: status ${response.status}: ${await response.text()}`)
  const { createdAt, ...found } = (await response.json()) as Record<string, unknown>
  if (!isDeepStrictEqual(found, expected))
    throw new Error(`document ${name} differs: ${JSON.stringify(found)}`)
  console.log(`document ${name} of ${String(createdAt)} is as written`)
}

if (!['write', 'read'].includes(action) || !/^[\w.-]{1,100}$/.test(name)) {
  console.error('usage: document.js write|read NAME [URL]')
  process.exit(2)
}
if (action === 'write') await write()
await read()
