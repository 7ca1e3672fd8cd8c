import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultPayloadConverter } from '@temporalio/common'
import { execa } from 'execa'
import { afterAll, describe, expect, it } from 'vitest'
import { newCodecKey, writeCodecKeys } from '../../src/codec/keys.ts'
import { payloadCodec } from '../../src/codec/payload-codec.ts'
import { packageFolder } from '../../src/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'reinstate-codec-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const codec = async (file: string, words: readonly string[], input?: string) =>
  await execa(process.execPath, [packageFolder('bin', 'reinstate'), 'codec', ...words], {
    ...{ env: { REINSTATE_HOME: folder, REINSTATE_CODEC_KEYS: join(folder, file) }, reject: false },
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  })

describe('reinstate codec', () => {
  it('create, add, use, export and import › a second machine has the same keys, for its owner only', async () => {
    expect((await codec('first', ['create'])).exitCode).toBe(0)
    expect((await codec('first', ['add'])).exitCode).toBe(0)
    const [old = '', added = ''] = (await codec('first', ['list'])).stdout
      .split('\n')
      .map((line) => line.slice(0, 8))
    expect((await codec('first', ['use', added])).exitCode).toBe(0)
    const { stdout } = await codec('first', ['export'])
    expect(stdout.split('\n').map((line) => line.slice(0, 8))).toEqual([added, old])
    expect((await codec('second', ['import', '-'], stdout)).exitCode).toBe(0)
    expect(readFileSync(join(folder, 'second'))).toEqual(readFileSync(join(folder, 'first')))
    expect(statSync(join(folder, 'second')).mode & 0o777).toBe(0o600)
  })

  it.each(['create', 'add', 'list'])('%s › prints no key', async (action) => {
    const file = `silent-${action}`
    if (action !== 'create') writeCodecKeys(join(folder, file), [newCodecKey()])
    const { stdout, stderr } = await codec(file, [action])
    const keys = readFileSync(join(folder, file), 'utf8').trim().split('\n')
    for (const line of keys) expect(stdout + stderr).not.toContain(line.slice(9))
  })

  it('create and import › lose no key', async () => {
    writeCodecKeys(join(folder, 'kept'), [newCodecKey()])
    writeCodecKeys(join(folder, 'other'), [newCodecKey()])
    const before = readFileSync(join(folder, 'kept'), 'utf8')
    expect((await codec('kept', ['create'])).exitCode).toBe(2)
    expect((await codec('kept', ['import', join(folder, 'other')])).exitCode).toBe(2)
    expect((await codec('kept', ['use', 'unknown1'])).exitCode).toBe(2)
    expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe(before)
  })

  it.each([
    ['a file that others can read', (file: string) => chmodSync(file, 0o640)],
    ['a short key', (file: string) => writeFileSync(file, '0123abcd c2hvcnQ=\n')],
    [
      'an id of another key',
      (file: string) => writeFileSync(file, readFileSync(file, 'utf8').replace(/^./, 'z')),
    ],
    ['an empty file', (file: string) => writeFileSync(file, '')],
    ['no file', (file: string) => rmSync(file)],
  ])('export › refuses %s', async (_, spoil) => {
    writeCodecKeys(join(folder, 'bad'), [newCodecKey()])
    spoil(join(folder, 'bad'))
    expect((await codec('bad', ['export'])).exitCode).toBe(2)
  })
})

describe('the payload codec', () => {
  const payload = defaultPayloadConverter.toPayload({ bird: 'sparrow' })

  it('decode › returns what was encoded, and reads plain text as it is', async () => {
    const place = { file: join(folder, 'codec'), isNamed: false }
    writeCodecKeys(place.file, [newCodecKey()])
    const own = payloadCodec(place)
    const encoded = await own.encode([payload, payload])
    expect(Buffer.from(encoded[0]?.data ?? []).includes('sparrow')).toBe(false)
    expect(encoded[0]?.data).not.toEqual(encoded[1]?.data)
    const decoded = await own.decode([...encoded, payload])
    expect(decoded.map((one) => defaultPayloadConverter.fromPayload(one))).toEqual([
      { bird: 'sparrow' },
      { bird: 'sparrow' },
      { bird: 'sparrow' },
    ])
  })

  it.each([0, 12, 20, -1])('decode › refuses a payload whose byte %i was changed', async (at) => {
    const place = { file: join(folder, 'tampered'), isNamed: false }
    writeCodecKeys(place.file, [newCodecKey()])
    const own = payloadCodec(place)
    const [encoded] = await own.encode([payload])
    const data = Buffer.from(encoded?.data ?? [])
    const index = at < 0 ? data.length + at : at
    data[index] = (data[index] ?? 0) ^ 1
    await expect(own.decode([{ ...encoded, data }])).rejects.toMatchObject({ name: 'PayloadUnreadable' })
  })

  it('encode › fails once the file is gone, and writes nothing in plain text', async () => {
    const place = { file: join(folder, 'gone'), isNamed: false }
    writeCodecKeys(place.file, [newCodecKey()])
    const own = payloadCodec(place)
    rmSync(place.file)
    await expect(own.encode([payload])).rejects.toMatchObject({ name: 'KeyRefused' })
  })
})
