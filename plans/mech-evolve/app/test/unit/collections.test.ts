import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { problemsOf } from '../../src/collections.ts'

describe('problemsOf', () => {
  it('accepts a whole document of each collection', () => {
    assert.deepEqual(problemsOf('agents', { id: 'a-1', name: 'Builder', description: 'Builds' }), [])
    assert.deepEqual(problemsOf('evolutions', { agent: 'a-1', change: 'Faster', score: 1 }), [])
    assert.deepEqual(problemsOf('sync', { agent: 'a-1', state: 'failed' }), [])
  })

  it('names every field that is missing, unknown or wrong', () => {
    assert.deepEqual(problemsOf('evolutions', { agent: 'a 1', score: 2, _id: 1 }), [
      '_id: unknown field',
      'agent: must be 1 to 100 letters, digits, "_", "." or "-"',
      'change: missing',
      'score: must be a number from 0 to 1',
    ])
  })

  it('refuses what is no object, and operators of MongoDB in place of a text', () => {
    for (const body of [undefined, null, [], 'text'])
      assert.deepEqual(problemsOf('sync', body), ['must be a JSON object'])
    assert.deepEqual(problemsOf('agents', { name: { $gt: '' } }), [
      'name: must be a text of 1 to 100 characters',
    ])
  })
})
