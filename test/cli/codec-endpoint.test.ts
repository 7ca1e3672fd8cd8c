import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { originsOf, serveCodec } from '../../src/codec/endpoint.ts'
import type { CodecEndpoint } from '../../src/codec/endpoint.ts'
import { newCodecKey, writeCodecKeys } from '../../src/codec/keys.ts'

const UI = 'http://127.0.0.1:8233'
const CANARY = 'c4narybird'
const JSON_TYPE = { 'content-type': 'application/json' }

const folder = mkdtempSync(join(tmpdir(), 'reinstate-endpoint-'))
const codecKeys = { file: join(folder, 'codec.keys'), isNamed: false }
const log: string[] = []
const everything: string[] = []
let endpoint: CodecEndpoint
beforeAll(async () => {
  writeCodecKeys(codecKeys.file, [newCodecKey()])
  const tell = (line: string) => {
    log.push(line)
    everything.push(line)
  }
  const about = { origins: [UI], names: ['codec.example.org'], tell }
  endpoint = await serveCodec({ codecKeys, port: 0, ...about })
})
afterAll(async () => {
  await endpoint.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** With exactly these headers: `fetch` would not take a Host. */
function ask(
  path: string,
  {
    method = 'POST',
    headers = {},
    body = '',
  }: { method?: string; headers?: OutgoingHttpHeaders; body?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${endpoint.url}${path}`, { method, headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(parts).toString(),
        }),
      )
    })
    asked.on('error', reject).end(body)
  })
}

const payloadsIn = ({ text }: Answer) =>
  (JSON.parse(text) as { readonly payloads: readonly object[] }).payloads
const ofUi = (payloads: readonly object[]) => ({
  headers: { ...JSON_TYPE, origin: UI, 'x-namespace': 'default' },
  body: JSON.stringify({ payloads }),
})
const base64 = (text: string) => Buffer.from(text).toString('base64')
const plain = {
  metadata: { encoding: base64('json/plain') },
  data: base64(JSON.stringify({ bird: CANARY })),
}

describe('the codec endpoint', () => {
  it('encode and decode › return to the UI what it sent, and the log holds none of it', async () => {
    const encoded = await ask('/encode?preserveStorageRefs=true', ofUi([plain]))
    expect(encoded.status, encoded.text).toBe(200)
    expect(encoded.text).not.toContain(plain.data)
    const decoded = await ask('/decode?preserveStorageRefs=true', ofUi([...payloadsIn(encoded), plain, {}]))
    expect(payloadsIn(decoded)).toEqual([plain, plain, {}])
    expect(decoded.headers).toMatchObject({
      'access-control-allow-origin': UI,
      'cache-control': 'no-store',
      vary: 'origin',
    })
    expect(log).toEqual([])
  })

  it('decode › returns a payload of an unknown key as it was, beside one that it reads, and logs the id', async () => {
    const [readable = {}] = payloadsIn(await ask('/encode', ofUi([plain])))
    const unknown = {
      metadata: { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('0123abcd') },
      data: base64('no text of anybody is here'),
    }
    const decoded = await ask('/decode', ofUi([unknown, readable, unknown]))
    expect(payloadsIn(decoded)).toEqual([unknown, plain, unknown])
    const told = log.splice(0)
    expect(told).toHaveLength(1)
    expect(told[0]).toContain('"0123abcd"')
  })

  it('preflight › allows the UI and names no other origin', async () => {
    const headers = { origin: UI, 'access-control-request-method': 'POST' }
    const allowed = await ask('/decode', { method: 'OPTIONS', headers })
    expect(allowed.status).toBe(204)
    expect(allowed.headers['access-control-allow-origin']).toBe(UI)
    expect(allowed.headers['access-control-allow-headers']).toMatch(
      /content-type, x-namespace, authorization/,
    )
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:8234', `${UI}.evil.example`]) {
      const refused = await ask('/decode', { method: 'OPTIONS', headers: { ...headers, origin } })
      expect(refused.status, origin).toBe(403)
      expect(Object.keys(refused.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
    expect(log.splice(0).join('\n')).toContain('--origin http://evil.example')
  })

  it.each([
    ['another origin', '/decode', { ...JSON_TYPE, origin: 'http://evil.example' }, 403],
    ['a name that was made to point here', '/decode', { ...JSON_TYPE, host: 'evil.example:8081' }, 421],
    ['a form of any page', '/decode', { 'content-type': 'text/plain', origin: UI }, 415],
    ['no type', '/decode', {}, 415],
    ['another path', '/keys', JSON_TYPE, 404],
  ])('refuses %s, and says nothing of the payload', async (_, path, headers, status) => {
    const [encoded = {}] = payloadsIn(await ask('/encode', ofUi([plain])))
    const answer = await ask(path, { headers, body: JSON.stringify({ payloads: [encoded] }) })
    expect(answer.status).toBe(status)
    expect(answer.text).not.toContain(plain.data)
    expect(answer.headers['access-control-allow-origin'] ?? UI).toBe(UI)
    log.splice(0)
  })

  it('serves a name that was allowed, for a proxy', async () => {
    const answer = await ask('/encode', {
      ...ofUi([plain]),
      headers: { ...JSON_TYPE, host: 'codec.example.org' },
    })
    expect(answer.status).toBe(200)
  })

  it.each([
    '',
    'null',
    '[]',
    '{"payloads":{}}',
    '{"payloads":[1]}',
    '{"payloads":[{"data":1}]}',
    '['.repeat(1e6),
  ])('refuses a body that is none: %.20s', async (body) => {
    expect((await ask('/decode', { headers: JSON_TYPE, body })).status).toBe(400)
  })

  it.each([
    ['announced', { 'content-length': 64 * 1024 * 1024 }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('refuses a body of 64 MB, %s', async (_, headers) => {
    const status = await new Promise((resolve, reject) => {
      const asked = request(`${endpoint.url}/decode`, {
        ...{ method: 'POST', headers: { ...JSON_TYPE, ...headers }, agent: false },
      })
      asked.on('error', reject).on('response', (response) => resolve(response.resume().statusCode))
      const part = Buffer.alloc(1024 * 1024, 'x')
      const send = (left: number): void =>
        void (left === 0 ? asked.end() : asked.write(part, () => send(left - 1)))
      send(64)
    })
    expect(status).toBe(413)
    expect((await ask('/encode', ofUi([plain]))).status).toBe(200)
  })

  it('ends a request that never ends, after ten seconds', async () => {
    const { port } = new URL(endpoint.url)
    const socket = connect(Number(port), '127.0.0.1')
    const begun = performance.now()
    socket.write(
      `POST /decode HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
    )
    await new Promise((resolve) => socket.on('data', () => undefined).on('close', resolve))
    expect(performance.now() - begun).toBeLessThan(20_000)
    log.splice(0)
  }, 30_000)

  it('without its file of keys › answers 503 and encodes nothing in plain text', async () => {
    renameSync(codecKeys.file, `${codecKeys.file}.away`)
    const answer = await ask('/encode', ofUi([plain]))
    renameSync(`${codecKeys.file}.away`, codecKeys.file)
    expect(answer.status).toBe(503)
    expect(answer.text).not.toContain(plain.data)
    expect(log.splice(0).join('\n')).toContain(codecKeys.file)
  })

  it('the log of all this holds no key and no plain text', () => {
    const key = readFileSync(codecKeys.file, 'utf8').trim().split(' ')[1] ?? ''
    expect(everything.length).toBeGreaterThan(2)
    for (const secret of [key, CANARY, plain.data]) expect(everything.join('\n')).not.toContain(secret)
  })
})

describe('originsOf', () => {
  it.each([
    ['http://127.0.0.1:8233', ['http://127.0.0.1:8233', 'http://localhost:8233']],
    ['http://localhost:8080/', ['http://127.0.0.1:8080', 'http://localhost:8080']],
    ['https://temporal.example.org/ui', ['https://temporal.example.org']],
  ])('%s', (ui, origins) => {
    expect(originsOf(ui)).toEqual(origins)
  })
})
