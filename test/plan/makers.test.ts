import { describe, expect, it } from 'vitest'
import { makerOf, replacedBefore } from '../../src/plan/scope/makers.ts'
import type { Touch } from '../../src/steps/step-kind.ts'
import { placedOn } from '../../src/plan/scope/touches.ts'

const step = (name: string, ...touches: Touch[]) => ({
  phase: 'one',
  step: name,
  host: 'droplet',
  touches: placedOn('droplet', touches),
})
const makes = (what: Touch['what'], name: string): Touch => ({ how: 'makes', what, name })

const steps = [
  step('folder', makes('path', '/srv/app')),
  step('data', makes('path', '/srv/app/data'), makes('volume', 'app_db')),
  step('stop', { how: 'changes', what: 'project', name: 'old' }),
  step(
    'up',
    { how: 'changes', what: 'project', name: 'app' },
    { how: 'reads', what: 'path', name: '/srv/app/x' },
  ),
  step('check', { how: 'reads', what: 'project', name: 'app' }),
]

describe('the step after which something is known', () => {
  it.each([
    ['the external volume app_db', 'up', 'data'],
    ['the directory of /srv/app/x.yaml', 'up', 'folder'],
    ['the Compose file /srv/app/data/stack.yaml', 'up', 'data'],
    ['container old-web-1, which mounts /elsewhere, to be stopped', 'up', 'stop'],
    ['a login to its server', 'check', 'up'],
    ['container older-web-1 to be stopped', 'up', undefined],
    ['something that nobody makes', 'folder', undefined],
  ])('"%s" of %s is %s', (later, of, maker) => {
    expect(makerOf(later, of, steps)).toBe(maker)
  })
})

describe('what a step reads and an earlier one takes away', () => {
  const reads = (name: string): Touch => ({ how: 'reads', what: 'path', name })
  const removes = (name: string): Touch => ({ how: 'removes', what: 'path', name })
  const all = [
    step('early', reads('/srv/live/compose.yml')),
    step('away', removes('/srv/live'), makes('path', '/srv/old')),
    step('promote', removes('/srv/build'), makes('path', '/srv/live')),
    step('up', reads('/srv/live/compose.yml')),
    step('other', reads('/srv/lively/compose.yml')),
  ]

  it('is known only after the last step that has to do with it', () => {
    expect(replacedBefore('up', all)).toEqual({ path: '/srv/live/compose.yml', by: 'promote' })
    expect(replacedBefore('early', all)).toBeUndefined()
    expect(replacedBefore('other', all)).toBeUndefined()
  })
})
