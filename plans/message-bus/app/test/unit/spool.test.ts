import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { IdTaken, SpoolFull } from '../../src/errors.ts'
import { createMessage } from '../../src/message.ts'
import { openSpool } from '../../src/spool.ts'

const messageOf = (body: string, id: string = randomUUID()) =>
  createMessage(Buffer.from(body), { id, source: 'test', session: 's', ttlSeconds: 5 })
const newFolder = () => mkdtempSync(join(tmpdir(), 'spool-'))

describe('the spool', () => {
  it('keeps messages over its process, oldest first, and forgets what was never finished', async () => {
    const folder = newFolder()
    const messages = ['one \0\n', 'two', 'three'].map((body) => messageOf(body))
    const spool = await openSpool(folder, 1)
    for (const message of messages) await spool.add(message)
    writeFileSync(join(folder, `${randomUUID()}.1.new`), 'half of a mess')
    const again = await openSpool(folder, 1)
    assert.deepEqual([...again.ids()].sort(), messages.map(({ id }) => id).sort())
    for (const message of messages) assert.deepEqual(await again.read(message.id), message)
    assert.equal(readdirSync(folder).length, 4)
  })

  it('keeps one message to an id, though many come at once', async () => {
    const folder = newFolder()
    const spool = await openSpool(folder, 1)
    const id = randomUUID()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, number) => spool.add(messageOf(`content ${number % 2}`, id))),
    )
    const refused = outcomes.filter((one) => one.status === 'rejected')
    assert.equal(refused.length, 5)
    for (const { reason } of refused) assert.ok(reason instanceof IdTaken)
    assert.deepEqual(readdirSync(folder).sort(), [id, 'refused'].sort())
  })

  it('forgets what another daemon has taken from the same folder', async () => {
    const folder = newFolder()
    const message = messageOf('one')
    const spool = await openSpool(folder, 1)
    await spool.add(message)
    await (await openSpool(folder, 1)).remove(message.id)
    assert.equal(await spool.read(message.id), undefined)
    assert.deepEqual(spool.ids(), [])
  })

  it('refuses what would exceed its limit, and takes it when there is room', async () => {
    const spool = await openSpool(newFolder(), 1)
    const first = messageOf('x'.repeat(700_000))
    const second = messageOf('y'.repeat(700_000))
    await spool.add(first)
    await assert.rejects(spool.add(second), SpoolFull)
    await spool.remove(first.id)
    await spool.add(second)
    assert.deepEqual(spool.ids(), [second.id])
  })
})
