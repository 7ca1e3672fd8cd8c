import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { MB } from '../../src/config.ts'
import { bodyOf, contents } from '../../src/content.ts'
import { Damaged, IdTaken, UnknownId } from '../../src/errors.ts'
import { createMessage } from '../../src/message.ts'
import { openStore } from '../../src/store.ts'
import type { Store } from '../../src/store.ts'
import { settingsOf, silent } from '../program.ts'
import { createDatabase } from './database.ts'
import type { Database } from './database.ts'

let database: Database
let store: Store
before(async () => {
  database = await createDatabase()
  store = openStore(settingsOf({ DATABASE_URL: database.url }), silent, 'test')
})
after(async () => {
  await store.close()
  await database.drop()
})

const messageOf = (body: Buffer | string, id: string = randomUUID()) =>
  createMessage(Buffer.from(body), { id, source: 'test' })

describe('a message in the bus', () => {
  for (const size of [1024, 10 * 1024, 100 * 1024, MB, 10 * MB])
    for (const content of contents)
      it(`equals what was sent byte for byte: ${content}, ${size} bytes`, async () => {
        const body = bodyOf('seed', content, size)
        assert.equal(body.length, size)
        const message = messageOf(body)
        await store.write(message)
        assert.ok((await store.read(message.id)).body.equals(body))
        const isCompressed = content !== 'random' && size > 4096
        // PostgreSQL's own sum of what is stored uncompressed.
        const [row] = await database.query<{ compression: string; is_equal: boolean; body_bytes: string }>(
          'select compression, body_bytes, sha256(body) = body_sha256 as is_equal from bus.message where id = $1',
          [message.id],
        )
        assert.deepEqual(row, {
          compression: isCompressed ? 'gzip' : 'none',
          body_bytes: String(size),
          is_equal: !isCompressed,
        })
      })

  it('is stored once, however often and by how many at once it is written', async () => {
    const message = messageOf('{"once": true}')
    await Promise.all(Array.from({ length: 20 }, () => store.write(message)))
    await store.write(message)
    assert.deepEqual(
      await database.query('select count(*)::int from bus.message where id = $1', [message.id]),
      [{ count: 1 }],
    )
  })

  it('is refused if its id has other content', async () => {
    const message = messageOf('one')
    await store.write(message)
    await assert.rejects(store.write(messageOf('other', message.id)), IdTaken)
    await assert.rejects(store.writeInline(messageOf('other', message.id), { deliveries: false }), IdTaken)
    assert.equal((await store.read(message.id)).body.toString(), 'one')
  })

  it('is not read if one byte of it changed', async () => {
    const message = messageOf(bodyOf('seed', 'random', 2048))
    await store.write(message)
    await database.query(
      'update bus.message set body = set_byte(body, 1000, (get_byte(body, 1000) + 1) % 256) where id = $1',
      [message.id],
    )
    await assert.rejects(store.read(message.id), Damaged)
  })

  it('is not read if its gzip was truncated', async () => {
    const message = messageOf(bodyOf('seed', 'json', 8192))
    await store.write(message)
    await database.query('update bus.message set body = substr(body, 1, length(body) - 20) where id = $1', [
      message.id,
    ])
    await assert.rejects(store.read(message.id), Damaged)
  })

  it('is delivered under its sum alone', async () => {
    const message = messageOf('delivered')
    await assert.rejects(store.deliver(message.id, message.sha256, { deliveries: false }), UnknownId)
    await store.write(message)
    await assert.rejects(store.deliver(message.id, messageOf('x').sha256, { deliveries: false }), UnknownId)
    await store.deliver(message.id, message.sha256, { deliveries: false })
    assert.equal((await store.read(message.id)).status, 'delivered')
  })
})

describe('the projection', () => {
  const cases: Readonly<Record<string, readonly [body: string, projected: unknown]>> = {
    'the last of duplicate keys': ['{"a": 1.0, "a": 2}', { a: 2 }],
    'null for \\u0000': ['{"a": "\\u0000"}', null],
    'null for a number that numeric cannot hold': ['[1e999999]', null],
    'null for text that is no JSON': ['{"a": ', null],
    'null for a NUL byte': ['{"a": "\0"}', null],
    'null for half a surrogate pair': ['{"a": "\\ud800"}', null],
    'null for JSON nested too deep': ['['.repeat(30_000), null],
    'null above 64 KB': [`["${'x'.repeat(64 * 1024)}"]`, null],
  }
  for (const [name, [body, projected]] of Object.entries(cases))
    it(`is ${name}, and the bytes are stored`, async () => {
      const message = messageOf(body)
      await store.write(message)
      const [row] = await database.query<{ projection: unknown }>(
        'select projection from bus.message where id = $1',
        [message.id],
      )
      assert.deepEqual(row?.projection, projected)
      assert.equal((await store.read(message.id)).body.toString(), body)
    })
})

describe('cleaning', () => {
  it('removes what expired, delivered or not, and counts each once though two cleaners work at once', async () => {
    const [left] = await database.query<{ messages: string }>('select messages from bus.flow')
    for (let number = 0; number < 1500; number++)
      await store.write({ ...messageOf(`expired ${number}`), ttlSeconds: 0.001 })
    await database.query(
      `update bus.message set status = 'delivered' where id in (select id from bus.message where expires_at < now() limit 700)`,
    )
    const second = openStore(settingsOf({ DATABASE_URL: database.url }), silent, 'test')
    const found = await Promise.all([store.clean(), second.clean(), store.clean(), second.clean()])
    await second.close()
    const removed = found.filter((one) => one !== undefined)
    assert.ok(found.includes(undefined), 'a cleaner found another at work')
    assert.equal(
      removed.reduce((sum, { delivered }) => sum + delivered, 0),
      700,
    )
    assert.equal(
      removed.reduce((sum, { expired }) => sum + expired, 0),
      800,
    )
    assert.deepEqual(await database.query('select removed_delivered, removed_expired from bus.cleaning'), [
      { removed_delivered: '700', removed_expired: '800' },
    ])
    assert.deepEqual(await database.query('select messages from bus.flow'), [left])
  })
})

describe('010-bus.up.sql', () => {
  it('lets neither the anonymous role nor the owner see a row', async () => {
    const messages = async (role: string) => {
      const rows = await database.query<{ count: number }>(
        `begin; set local role ${role}; select count(*)::int from bus.message; commit`,
      )
      return rows
    }
    await assert.rejects(messages('anon'), /permission denied for schema bus/)
    await database.query('set role bus_owner')
    assert.deepEqual(await database.query('select count(*)::int from bus.message'), [{ count: 0 }])
    await database.query('reset role')
  })
})
