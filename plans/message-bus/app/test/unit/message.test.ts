import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bodyOf, contents } from '../../src/content.ts'
import { Damaged } from '../../src/errors.ts'
import { inlineFrame, readInlineFrame } from '../../src/frames.ts'
import { createMessage, pack, unpack } from '../../src/message.ts'

describe('a packed body', () => {
  for (const content of contents)
    it(`is the same after it was unpacked: ${content}`, async () => {
      const body = bodyOf('seed', content, 50_000)
      const packed = await pack(body, 'gzip')
      assert.equal(packed.compression, content === 'random' ? 'none' : 'gzip')
      assert.ok((await unpack('id', packed, body.length)).equals(body))
    })

  it('is damaged if it is shorter, longer or no gzip', async () => {
    const body = bodyOf('seed', 'json', 5000)
    const packed = await pack(body, 'gzip')
    for (const [one, size] of [
      [packed, 4999],
      [packed, 5001],
      [{ ...packed, bytes: packed.bytes.subarray(0, 100) }, 5000],
      [{ ...packed, bytes: body }, 5000],
      [{ compression: 'none', bytes: body }, 4999],
    ] as const)
      await assert.rejects(unpack('id', one, size), Damaged)
  })
})

describe('an inline frame', () => {
  it('holds any bytes, and what is known of the message', () => {
    const message = createMessage(Buffer.from('\n\0{"a":1}\n'), {
      source: 's',
      session: 'a',
      request: '1',
      ttlSeconds: 9,
    })
    assert.deepEqual(readInlineFrame(inlineFrame(message)), message)
  })

  it('is refused without a header, or with an unknown field', () => {
    for (const bytes of ['', '\n', 'body', '{}\n', '{"id":1}\nbody'])
      assert.throws(() => readInlineFrame(Buffer.from(bytes)))
  })
})
