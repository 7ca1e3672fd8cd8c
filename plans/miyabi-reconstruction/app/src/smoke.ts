// smoke.js [URL]: every page, and every operation without a token. Changes nothing. Exit status 1 if an answer is wrong.
import { pages, routes } from './app.ts'
import { createProbe } from './probe.ts'

const { ask, sum } = createProbe(process.argv[2] ?? `http://127.0.0.1:${process.env['PORT'] ?? 3000}`)
await ask('/health', { status: 200, holds: (body) => body.includes('"status":"ok"') })
await ask('/version', { status: 200, holds: (body) => body.includes('"version":') })
await ask('/openapi.json', { status: 200, holds: (body) => body.startsWith('{"openapi":"3.1.0"') })
await ask('/missing', { status: 404 })
for (const path of Object.keys(pages))
  await ask(path, { status: 200, holds: (_body, headers) => headers.has('Content-Security-Policy') })
for (const { method, path, access, body } of routes) {
  const own = path.replaceAll(/:\w+/g, '00000000-0000-4000-8000-000000000000')
  const status = access === 'public' ? (body ? 400 : 200) : 401
  await ask(own, { status, method: method.toUpperCase(), ...(body && { send: {} }) })
}
process.exitCode = sum('smoke')
