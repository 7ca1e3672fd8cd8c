import { describe, expect, it } from 'vitest'
import { pasteable, runDetails } from '../../src/workflows/details.ts'
import type { Decision, RunStatus } from '../../src/workflows/status.ts'

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

describe('what someone on call reads first', () => {
  const text = runDetails(waiting)

  it('is the question, what each answer does and what to paste for it, before anything else', () => {
    expect(text.split('\n')[0]).toBe('## Decide: may "Cut over" begin?')
    expect(text.indexOf('"choice": "approve"')).toBeLessThan(text.indexOf('**Guestbook**'))
    expect(text).toContain('**reject**: all is rolled back\n\n```json\n{\n  "decision": "gate/cutover",')
  })

  it('is the failure before the answers, and what a gate opens after them', () => {
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
    const shows = [...step, '```', 'before\n```\n# after', '```']
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
    expect(lines.filter((line) => /^ *```$/.test(line))).toHaveLength(2 + 2 + gate.choices.length)
    expect(lines[lines.indexOf('# after') - 1]).toBe("'''")
  })

  it('says since when it waits, how often it asked, until when, and who may decide', () => {
    expect(text).toContain(
      'Waits since **2026-11-21 07:55 UTC**, **asked 2 times**; until 2026-11-21 11:55 UTC',
    )
    expect(text).toContain('May decide: on-call.')
  })

  it('shows what was ignored and why', () => {
    expect(text).toContain('- ignored: a signal at 2026-11-21 08:00 UTC: not an object')
  })

  it('gives JSON with one key to a line, the digest in what approves', () => {
    expect(pasteable(gate, 'reject')).not.toContain('digest')
    expect(pasteable(gate, 'approve')).toBe(
      '{\n  "decision": "gate/cutover",\n  "choice": "approve",\n  "by": "YOUR NAME",\n  "digest": "0a1b2c3d4e"\n}',
    )
  })
})
