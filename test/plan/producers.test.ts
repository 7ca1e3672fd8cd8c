import { describe, expect, it } from 'vitest'
import { producerOf, replacedBefore } from '../../src/plan/scope/producers.ts'
import {
  blockedOnDirectoryOf,
  blockedOnContainer,
  blockedOnMissing,
  type Effect,
} from '../../src/steps/step-kind.ts'
import { placedOn } from '../../src/plan/scope/effects.ts'

const step = (name: string, ...effects: Effect[]) => ({
  phase: 'one',
  step: name,
  host: 'server',
  effects: placedOn('server', effects, {}),
})
const creates = (what: Effect['what'], name: string): Effect => ({ how: 'creates', what, name })

const steps = [
  step('folder', creates('path', '/srv/app')),
  step('data', creates('path', '/srv/app/data'), creates('volume', 'app_db')),
  step('stop', { how: 'modifies', what: 'project', name: 'old' }),
  step(
    'up',
    { how: 'modifies', what: 'project', name: 'app' },
    { how: 'reads', what: 'path', name: '/srv/app/x' },
  ),
  step('deep', creates('path', '/srv/made/on/the/way')),
  step('check', { how: 'reads', what: 'project', name: 'app' }),
]

describe('producerOf', () => {
  it.each([
    [blockedOnMissing('volume', 'app_db', ''), 'up', 'data'],
    [blockedOnDirectoryOf('/srv/app/x.yaml'), 'up', 'folder'],
    [blockedOnMissing('path', '/srv/app/data/stack.yaml', ''), 'up', 'data'],
    [blockedOnContainer({ name: 'old-web-1', project: 'old' }, ''), 'up', 'stop'],
    [blockedOnContainer({ name: 'its_db', project: 'old' }, ''), 'up', 'stop'],
    [blockedOnContainer({ name: 'old-web-1', project: 'other' }, ''), 'up', undefined],
    [blockedOnContainer({ name: 'old-web-1', project: '' }, ''), 'up', undefined],
    [blockedOnMissing('container', 'its_db', ''), 'check', 'up'],
    [blockedOnMissing('network', 'app_default', ''), 'check', 'up'],
    [blockedOnDirectoryOf('/srv/made/file'), 'check', 'deep'],
    [blockedOnMissing('database', 'its server', ''), 'check', 'up'],
    [blockedOnMissing('path', '/srv/app', ''), 'folder', undefined],
    [{ blockedOn: { ...creates('path', '/srv/app'), host: 'elsewhere' } }, 'up', undefined],
  ] as const)('%o for %s is %s', ({ blockedOn }, of, producer) => {
    expect(producerOf(blockedOn, of, steps)).toBe(producer)
  })

  it('is no step that only reloads the project', () => {
    const reload = step('reload', { how: 'modifies', what: 'project', name: 'app', inPlace: true })
    const needs = blockedOnMissing('container', 'app-web-1', '')
    expect(producerOf(needs.blockedOn, 'check', [...steps.slice(0, 5), reload, ...steps.slice(5)])).toBe('up')
    expect(producerOf(needs.blockedOn, 'check', [reload, ...steps.slice(5)])).toBeUndefined()
  })

  it('does not depend on the text of the message', () => {
    const producers = ['app_db', 'nothing', '/srv/app old'].map((text) =>
      producerOf(blockedOnMissing('volume', 'app_db', text).blockedOn, 'up', steps),
    )
    expect(producers).toEqual(['data', 'data', 'data'])
  })
})

describe('replacedBefore', () => {
  const reads = (name: string): Effect => ({ how: 'reads', what: 'path', name })
  const deletes = (name: string): Effect => ({ how: 'deletes', what: 'path', name })
  const all = [
    step('early', reads('/srv/live/compose.yml')),
    step('away', deletes('/srv/live'), creates('path', '/srv/old')),
    step('promote', deletes('/srv/build'), creates('path', '/srv/live')),
    step('up', reads('/srv/live/compose.yml')),
    step('other', reads('/srv/lively/compose.yml')),
  ]

  it('returns the last earlier step that affects the path', () => {
    expect(replacedBefore('up', all)).toEqual({ path: '/srv/live/compose.yml', by: 'promote' })
    expect(replacedBefore('early', all)).toBeUndefined()
    expect(replacedBefore('other', all)).toBeUndefined()
  })
})
