import { describe, expect, it } from 'vitest'
import { pasteable, runDetails } from '../../src/workflows/details.ts'
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
    expect(text.split('\n')[0]).toBe('## Decide: may "Cut over" begin?')
    expect(text.indexOf('"choice": "approve"')).toBeLessThan(text.indexOf('**Guestbook**'))
    expect(text).toContain('**reject**: all is rolled back\n\n```json\n{\n  "decision": "gate/cutover",')
  })

  it('shows a failure above the answers, and what a gate opens below them', () => {
    const shown = (of: Decision) => {
      const details = runDetails({ ...waiting, decisions: [of] })
      return details.indexOf('- Stop the old stack') - details.indexOf('```json')
    }
    expect(shown(gate)).toBeGreaterThan(0)
    expect(shown({ ...gate, kind: 'failed-step' })).toBeLessThan(0)
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
      'Waits since **2026-11-21 07:55 UTC**, **asked 2 times**; until 2026-11-21 11:55 UTC',
    )
    expect(text).toContain('Approvers: on-call. Names are not verified')
  })

  it('shows ignored answers with the reason, and how many more there were', () => {
    expect(text).toContain('- ignored: a signal at 2026-11-21 08:00 UTC: not an object')
    expect(runDetails({ ...waiting, ignoredMore: 20 })).toContain('- ignored: 20 more')
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
