import { describe, expect, it } from 'vitest'
import { driftBetween, driftLines, driftOfSteps } from '../../src/workflows/drift.ts'
import type { Previewed } from '../../src/workflows/previews.ts'

const world: Previewed = {
  madeAt: '2026-11-21T08:00:00.000Z',
  digest: '9ef2d6d83f',
  plan: {
    plan: 'guestbook',
    title: 'Guestbook',
    stack: 'guestbook',
    hash: 'one',
    inputs: { domain: 'example.org' },
    files: { 'stack.yaml': 'aaaa' },
    lines: { 'step serve: within': '60', 'phase live: gate.note': 'look' },
  },
  hosts: [{ host: 'server', address: 'root@203.0.113.7:22', keys: ['SHA256:one'] }],
  steps: [
    { phase: 'live', step: 'stop', host: 'server', digestLines: ['stops container a', 'stops container b'] },
    { phase: 'live', step: 'serve', host: 'server', digestLines: ['copies the file'] },
  ],
}

const [testHost] = world.hosts
const [stop, serve] = world.steps
if (!testHost || !stop || !serve) throw new Error('the world has them')

describe('the drift between a preview and now', () => {
  it('is none where all is as it was', () => {
    expect(driftBetween(world, structuredClone(world))).toEqual([])
  })

  it.each<[string, Partial<Previewed>, string[]]>([
    [
      'an input',
      { plan: { ...world.plan, hash: 'two', inputs: { domain: 'example.com' } } },
      ['input domain: was "example.org", is now "example.com"'],
    ],
    [
      'a file beside the plan',
      { plan: { ...world.plan, hash: 'two', files: { 'stack.yaml': 'bbbb', 'more.yaml': 'cc' } } },
      ['file stack.yaml: was "aaaa", is now "bbbb"', 'file more.yaml: new: "cc"'],
    ],
    [
      'a line of the plan',
      { plan: { ...world.plan, hash: 'two', lines: { 'step serve: within': '61' } } },
      ['step serve: within: was "60", is now "61"', 'phase live: gate.note: gone: "look"'],
    ],
    [
      'a part of the plan that no line shows',
      { plan: { ...world.plan, hash: 'two' } },
      ['the plan: was "one", is now "two"'],
    ],
    [
      'the machine',
      { hosts: [{ ...testHost, address: 'root@203.0.113.8:22', keys: ['SHA256:two'] }] },
      [
        'host server: was "root@203.0.113.7:22", is now "root@203.0.113.8:22"',
        'host server: pinned key: was "SHA256:one", is now "SHA256:two"',
      ],
    ],
    [
      'what is found on it',
      { steps: [{ ...stop, digestLines: ['stops container b', 'stops container c'] }, serve] },
      ['live/stop: was "stops container a", is now "stops container c"'],
    ],
    ['a step that is not there any more', { steps: [stop] }, ['live/serve: gone: "copies the file"']],
  ])('names %s', (_, change, lines) => {
    expect(driftLines(driftBetween(world, { ...world, ...change }))).toEqual(lines)
  })

  it('counts a line that is there twice', () => {
    const twice = { ...stop, digestLines: ['stops a', 'stops a'] }
    const once = { ...stop, digestLines: ['stops a'] }
    expect(driftOfSteps([twice], [once])).toEqual([{ what: 'live/stop', was: 'stops a' }])
    expect(driftOfSteps([once], [twice])).toEqual([{ what: 'live/stop', is: 'stops a' }])
  })

  it('names what a step was or is blocked on, and what it would do now', () => {
    const blocked = { ...serve, digestLines: [], blocked: 'port 80 to be free' }
    expect(driftOfSteps([blocked], [serve])).toEqual([
      { what: 'live/serve', was: 'port 80 to be free', isBlock: true },
      { what: 'live/serve', is: 'copies the file' },
    ])
    expect(driftLines(driftOfSteps([blocked], [{ ...serve, digestLines: [] }]))).toEqual([
      'live/serve: it no longer needs port 80 to be free: somebody else has done that',
    ])
    expect(driftLines(driftOfSteps([serve], [{ ...blocked, digestLines: serve.digestLines }]))).toEqual([
      'live/serve: it now needs port 80 to be free',
    ])
    expect(driftOfSteps([blocked], [blocked])).toEqual([])
  })

  it('names first who no longer holds a port', () => {
    const takenPort = { port: '80/tcp', holder: 'container old-web-1' }
    const blocked = { ...serve, digestLines: [], blocked: 'port 80 to be free', takenPort }
    const drifts = driftOfSteps(
      [stop, blocked],
      [
        { ...stop, digestLines: [] },
        { ...serve, digestLines: [] },
      ],
    )
    expect(driftLines(drifts)[0]).toBe('live/serve: container old-web-1 no longer holds port 80/tcp')
    const other = { ...blocked, blocked: 'a volume', takenPort: { ...takenPort, port: '81/tcp' } }
    expect(driftOfSteps([blocked], [other])[0]?.freed).toEqual(takenPort)
    expect(driftOfSteps([blocked], [{ ...blocked, blocked: 'port 80' }])[0]?.freed).toBeUndefined()
  })

  it('is told in so many lines and a number', () => {
    const drifts = Array.from({ length: 5 }, (_, index) => ({ what: `step ${index}`, was: 'a', is: 'b' }))
    expect(driftLines(drifts, 2)).toEqual([
      'step 0: was "a", is now "b"',
      'step 1: was "a", is now "b"',
      'and 3 more',
    ])
  })
})
