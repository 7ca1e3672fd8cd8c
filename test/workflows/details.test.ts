import { describe, expect, it } from 'vitest'
import { pasteable, runDetails } from '../../src/workflows/details.ts'
import { retriedSteps } from '../../src/workflows/retried-steps.ts'
import type { Decision, RunStatus } from '../../src/workflows/status.ts'
import { escaped, fenced, unescaped } from '../../src/workflows/text.ts'

const gate: Decision = {
  decision: 'gate/cutover',
  kind: 'gate',
  title: 'may "Cut over" begin?',
  phase: 'cutover',
  since: '2026-11-21T07:55:00.000Z',
  expires: '2026-11-21T11:55:00.000Z',
  timesAsked: 2,
  approvers: ['on-call'],
  digest: '0a1b2c3d4e',
  happened: '3 steps are done. The run asks before it goes on.',
  impact: [
    'Visitors: not affected so far.',
    'Data: a rollback can put back everything that this run changed.',
  ],
  advice: { choice: 'approve', text: 'Approve it if that is what you expect.' },
  undoes: ['- prepared on server: undoes "Prepare"'],
  shows: ['- Stop the old stack (on server)'],
  choices: [
    { choice: 'approve', does: 'it begins' },
    { choice: 'reject', does: 'all is rolled back' },
  ],
}

const waiting: RunStatus = {
  run: 'guestbook-1',
  plan: 'guestbook',
  title: 'Guestbook',
  state: 'running',
  since: '2026-11-21T07:50:00.000Z',
  hosts: ['server'],
  phases: [{ phase: 'cutover', title: 'Cut over', state: 'gate', steps: [] }],
  decisions: [gate],
  answers: [
    { at: '2026-11-21T08:00:00.000Z', via: 'signal', answer: 'yes', taken: false, why: 'not an object' },
  ],
  leftovers: [],
}

describe('runDetails', () => {
  const text = runDetails(waiting)

  it('begins with the question, the effect of each answer and the JSON to paste', () => {
    expect(text.split('\n')[2]).toBe('## Decide: may "Cut over" begin?')
    expect(text.split('\n').at(-1)).toMatch(/\*\*Request Cancellation\*\*.*\*\*Reset\*\*/)
    expect(text.indexOf('"choice": "approve"')).toBeLessThan(text.indexOf('**Guestbook**'))
    expect(text).toContain('**reject**: all is rolled back\n\n```json\n{\n  "decision": "gate/cutover",')
  })

  it('says once where to look if it was terminated: before its question, or at its end where it asks nothing', () => {
    const terminated = /Terminated.*`reinstate status( guestbook-1)?`/
    const calm = runDetails({ ...waiting, decisions: [] })
    for (const [shown, place] of [
      [text, 0],
      [calm, -1],
    ] as const) {
      expect(shown.split('\n').at(place)).toMatch(terminated)
      expect(shown.split('Terminated')).toHaveLength(2)
    }
  })

  it('tells what happened, who is affected, what to do, each answer, what a rollback does, all else: in this order', () => {
    const parts = [
      gate.happened,
      ...gate.impact,
      gate.advice.text,
      '"choice": "approve"',
      '"choice": "reject"',
      'Send an Update → decide',
      'undoes "Prepare"',
      '- Stop the old stack',
      '**Guestbook**',
    ]
    const places = parts.map((part) => text.indexOf(part))
    expect(places.every((place) => place >= 0)).toBe(true)
    expect(places).toEqual([...places].sort((one, other) => one - other))
  })

  it('puts the recommended answer first, and marks it', () => {
    const advice = { choice: 'reject', text: 'Reject it.' } as const
    const details = runDetails({ ...waiting, decisions: [{ ...gate, advice }] })
    expect(details.indexOf('"choice": "reject"')).toBeLessThan(details.indexOf('"choice": "approve"'))
    expect(details).toContain('**reject** (recommended)')
    expect(details).not.toContain('**approve** (recommended)')
  })

  it('shows of a host that does not answer since when, until when, and that there is nothing to answer', () => {
    const unreachable = [
      {
        host: 'server',
        failure: 'host server cannot be reached',
        since: '2026-11-21T23:18:00.000Z',
        until: '2026-11-21T23:28:00.000Z',
      },
    ]
    const details = runDetails({ ...waiting, state: 'host-unreachable', decisions: [], unreachable })
    expect(details).toMatch(/^\*\*A host does not answer\*\* since 2026-11-21 23:18 UTC: host server/m)
    expect(details).toContain('until 2026-11-21 23:28 UTC')
    expect(details).toContain('nothing to answer')
  })

  it('shows of a step that is attempted again how often it failed, how often it may, when it begins, and why', () => {
    const nextAttempt = { attempt: 3, last: 5, at: '2026-11-21T23:20:00.000Z' }
    const failed = { step: 'copy', title: 'Copy it', host: 'server', attempt: 2, failure: 'disk is slow' }
    const retried = retriedSteps({
      phase: 'data',
      steps: [
        { ...failed, state: 'applying', nextAttempt },
        // Its third attempt works, and one that has failed for good.
        { ...failed, state: 'applying', attempt: 3, nextAttempt },
        { ...failed, state: 'failed', nextAttempt },
      ],
    })
    expect(retried).toHaveLength(1)
    expect(runDetails({ ...waiting, decisions: [], retried })).toContain(
      '**"Copy it" on server failed in attempt 2, and is attempted again**: attempt 3 of at most 5 begins at 2026-11-21 23:20 UTC. There is nothing to answer now. Disk is slow.',
    )
  })

  it('of a run that ended › says how to undo it in the Temporal UI, unless there is nothing to undo', () => {
    const ended = (state: RunStatus['state']) => runDetails({ ...waiting, state, decisions: [] })
    for (const state of ['done', 'stopped', 'expired', 'failed', 'rollback-incomplete'] as const) {
      expect(ended(state)).toContain('`guestbook-1/rollback`')
      expect(ended(state)).toContain('"run": "guestbook-1"')
    }
    for (const state of ['rolled-back', 'refused', 'cancelled'] as const)
      expect(ended(state)).not.toContain('"run": "guestbook-1"')
  })

  it('shows diffs and output whole: nothing is wider than the page, stands in a list within a list, or ends its fence', () => {
    const note = `-     ${'word '.repeat(40)}`
    const step = [
      '- file: a file',
      '  - replaces it',
      '  ```',
      `  ${note}`,
      '  ```',
      '- next: is not there yet',
    ]
    const shows = [...step, ...fenced('before\n```\n# after')]
    const lines = runDetails({ ...waiting, decisions: [{ ...gate, shows }] }).split('\n')
    const item = lines.indexOf('**file**: a file')
    expect(lines.slice(item - 1, item + 5)).toEqual(['', '**file**: a file', '', '- replaces it', '', '```'])
    const first = item + 5
    const diff = lines.slice(first, lines.indexOf('```', first))
    expect(lines.slice(first + diff.length, first + diff.length + 3)).toEqual([
      '```',
      '',
      '- next: is not there yet',
    ])
    expect(diff.length).toBeGreaterThan(2)
    expect(diff.filter((line) => line.length > 70)).toEqual([])
    expect(diff.join(' ').replace(/\s+/g, ' ').trim()).toBe(note.replace(/\s+/g, ' ').trim())
    expect(lines.slice(lines.indexOf('before') - 1)).toEqual(
      expect.arrayContaining(['````', 'before', '```', '# after', '````']),
    )
  })

  it('says since when it waits, how often it asked, until when, and who the approvers are', () => {
    expect(text).toContain(
      'since 2026-11-21 07:55 UTC, **asked 2 times**; no deadline, it asks again at 2026-11-21 11:55 UTC',
    )
    expect(text).toContain('**Only these may answer approve, reject**: on-call (names are not verified)')
  })

  it('shows ignored answers with the reason, and how many more there were', () => {
    expect(text).toContain('- An answer was ignored: a signal at 2026-11-21 08:00 UTC: not an object')
    expect(runDetails({ ...waiting, ignoredMore: 20 })).toContain('- 20 more answers were ignored')
  })

  it('gives JSON with one key to a line, and the digest where the answer needs it', () => {
    expect(pasteable(gate, 'reject')).not.toContain('digest')
    expect(pasteable(gate, 'approve')).toBe(
      '{\n  "decision": "gate/cutover",\n  "choice": "approve",\n  "by": "YOUR NAME",\n  "digest": "0a1b2c3d4e"\n}',
    )
  })
})

describe('escaped', () => {
  it.each([
    '# a',
    '![seen](http://x)',
    '<a href="x">b</a>',
    '`code` | cell',
    '**bold** _it_ a_b ~~no~~',
    '\\* \\',
  ])('%s › is text on the page, and reads the same in a terminal', (text) => {
    expect(escaped(text)).not.toMatch(/(^|[^\\])[`*[\]<>#|~!]/)
    expect(unescaped(escaped(text))).toBe(text)
  })
})
