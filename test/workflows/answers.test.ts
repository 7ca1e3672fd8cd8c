import { describe, expect, it } from 'vitest'
import { isSameName, needsDigest, objectionTo, printable, readAnswer } from '../../src/workflows/answers.ts'
import type { Decision } from '../../src/workflows/status.ts'

describe('readAnswer', () => {
  it.each([
    [undefined],
    [null],
    ['approve'],
    [[]],
    [{ choice: 'approve', by: 'ann' }],
    [{ decision: 'gate/x', by: 'ann' }],
    [{ decision: 'gate/x', choice: 'approve', by: ' ' }],
    [{ decision: 'gate/x', choice: 7, by: 'ann' }],
    [{ decision: 'gate/x', choice: 'approve', by: 'A'.repeat(20_000) }],
  ])('%j › is no answer, and the reason is one short text', (raw) => {
    const why = readAnswer(raw)
    expect(typeof why).toBe('string')
    expect(String(why).length).toBeLessThan(200)
  })

  it('reads an object, and JSON in a string', () => {
    const answer = { decision: 'gate/x', choice: 'approve', by: 'ann', digest: 's' }
    expect(readAnswer(answer)).toEqual(answer)
    expect(readAnswer(JSON.stringify(answer))).toEqual(answer)
  })

  it('cuts every text at 200 characters', () => {
    const long = 'A'.repeat(500)
    const read = readAnswer({ decision: long, choice: long, by: long, digest: long, reason: long })
    expect(Object.values(read).map((text) => String(text).length)).toEqual([200, 200, 200, 200, 200])
  })

  it('keeps nothing of an input of more than 16 KiB', () => {
    expect(printable({ by: 'A'.repeat(20_000) })).toBe('too large')
    expect(printable(undefined)).toBe('nothing')
  })
})

describe('isSameName', () => {
  it.each(['lead', 'Lead', ' lead ', 'ｌｅａｄ', 'LE\u00adAD', 'le\u200bad'])('%j › is lead', (name) => {
    expect(isSameName(name, 'lead')).toBe(true)
  })
  it('tells other names apart', () => {
    expect(isSameName('leader', 'lead')).toBe(false)
    expect(isSameName('on call', 'on-call')).toBe(false)
  })
})

describe('objectionTo', () => {
  const gate: Pick<Decision, 'kind' | 'choices' | 'approvers' | 'digest'> = {
    kind: 'gate',
    choices: [
      { choice: 'approve', does: 'it begins' },
      { choice: 'reject', does: 'it is rolled back' },
    ],
    approvers: ['ann', 'bob'],
    digest: 'shown',
  }
  const failure: typeof gate = {
    ...gate,
    kind: 'failed-step',
    choices: [
      { choice: 'retry', does: 'again' },
      { choice: 'skip', does: 'not proven', guarded: true },
      { choice: 'rollback', does: 'undone', guarded: true },
      { choice: 'stop', does: 'ends' },
    ],
  }
  type Choice = Decision['choices'][number]['choice']
  /** Always with the digest `shown`. */
  const takes = (of: typeof gate, by: string, choice: Choice, startedBy?: string) =>
    objectionTo({ by, choice, digest: 'shown' }, of, startedBy) === undefined

  it('a gate › is opened by an approver who did not start the run', () => {
    expect(takes(gate, 'bob', 'approve', 'ann')).toBe(true)
    expect(takes(gate, 'Ann', 'approve', 'ann')).toBe(false)
    expect(takes(gate, 'ann', 'reject', 'ann')).toBe(true)
    expect(takes(gate, 'eve', 'approve', 'ann')).toBe(false)
    expect(takes(gate, 'eve', 'reject', 'ann')).toBe(false)
  })

  it('a gate › is not opened where nobody knows who started the run', () => {
    expect(takes(gate, 'bob', 'approve', undefined)).toBe(false)
  })

  it('a gate for anyone › is opened by the starter too, with the digest', () => {
    expect(takes({ ...gate, approvers: [] }, 'ann', 'approve', 'ann')).toBe(true)
    expect(takes({ ...gate, approvers: [], digest: 'another' }, 'ann', 'approve', 'ann')).toBe(false)
  })

  it('a failed step of a guarded run › is passed over or rolled back by an approver with the digest only', () => {
    for (const choice of ['skip', 'rollback'] as const) {
      expect(takes(failure, 'bob', choice, 'ann')).toBe(true)
      expect(takes(failure, 'eve', choice, 'ann')).toBe(false)
      expect(takes({ ...failure, digest: 'another' }, 'bob', choice, 'ann')).toBe(false)
    }
    expect(takes(failure, 'ann', 'skip', 'ann')).toBe(false)
    expect(takes(failure, 'ann', 'rollback', 'ann')).toBe(true)
  })

  it('a failed step › is retried, or its run stopped, by anyone without a digest', () => {
    for (const choice of ['retry', 'stop'] as const)
      expect(takes({ ...failure, digest: 'another' }, 'eve', choice, 'ann')).toBe(true)
  })

  it('a failed step of a plan without approvers › needs neither an approver nor a digest', () => {
    expect(takes({ ...failure, approvers: [], digest: 'another' }, 'eve', 'skip', 'eve')).toBe(true)
    expect(needsDigest({ ...failure, approvers: [] }, 'skip')).toBe(false)
  })
})
