import { describe, expect, it } from 'vitest'
import { makerOf } from '../../src/plan/makers.ts'
import type { Touch } from '../../src/steps/step-kind.ts'
import { placedOn } from '../../src/plan/touches.ts'

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
