import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { eventSchema } from '../../src/agents.ts'
import { createMetrics } from '../../src/metrics.ts'
import { InvalidSettings, readSettings } from '../../src/settings.ts'
import { readWorkflows } from '../../src/workflows.ts'

describe('settings', () => {
  it('have defaults; an empty variable counts as not set', () => {
    const settings = readSettings({
      DATABASE_URL: 'postgres://db/vividwalls',
      REDIS_URL: '',
      RELEASE: 'run-1',
    })
    const { serves, port, tickSeconds, redisUrl, release } = settings
    assert.deepEqual([serves, port, tickSeconds, redisUrl, release], ['v2', 3000, 5, undefined, 'run-1'])
  })

  it('name every wrong variable, and no value', () => {
    const wrong = { DATABASE_URL: 'canary-1', REDIS_URL: 'canary-2', SERVES: 'canary-3', PORT: '70000' }
    assert.throws(
      () => readSettings(wrong),
      (error) => {
        assert.ok(error instanceof InvalidSettings)
        assert.deepEqual(
          error.problems.map((problem) => problem.split(' ')[0]),
          ['DATABASE_URL', 'REDIS_URL', 'SERVES', 'PORT'],
        )
        assert.doesNotMatch(error.message, /canary/)
        return true
      },
    )
  })
})

describe('an event', () => {
  const good = { id: '00000000-0000-4000-8000-000000000000', topic: 'likes.new', payload: {} }
  it('has exactly the fields that are known', () => {
    assert.equal(eventSchema.safeParse(good).success, true)
    for (const wrong of [
      { ...good, id: '1' },
      { ...good, topic: 'Not' },
      { ...good, payload: [] },
      { ...good, more: 1 },
    ])
      assert.equal(eventSchema.safeParse(wrong).success, false, JSON.stringify(wrong))
  })
})

describe('workflows', () => {
  it('are read from the file of the version, and a wrong one is named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'workflows-'))
    writeFileSync(join(folder, 'v2.json'), '{ "version": 2, "routes": { "likes": "social-media" } }')
    assert.equal(readWorkflows(folder, 'v2').routes['likes'], 'social-media')
    assert.throws(() => readWorkflows(folder, 'v1'), /v1\.json/)
    writeFileSync(join(folder, 'v1.json'), '{ "version": "one" }')
    assert.throws(() => readWorkflows(folder, 'v1'), /v1\.json[^]*version/)
  })
})

describe('metrics', () => {
  it('are counters and gauges in the format of Prometheus', () => {
    const metrics = createMetrics()
    metrics.count('actions_total')
    const text = metrics.text({ acting: 28 })
    assert.match(text, /^# TYPE agents_actions_total counter\nagents_actions_total 1$/m)
    assert.match(text, /^# TYPE agents_acting gauge\nagents_acting 28$/m)
  })
})
