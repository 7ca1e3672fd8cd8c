import { describe, expect, it } from 'vitest'
import { objectionTo, readAnswer } from '../../src/workflows/decisions.ts'

describe('an answer that arrives by signal, as whatever it is', () => {
  it.each([
    [undefined, 'not an object with decision, choice and by'],
    [null, 'not an object with decision, choice and by'],
    ['approve', 'not an object with decision, choice and by'],
    [{ choice: 'approve', by: 'ann' }, 'it names no decision'],
    [{ decision: 'gate/x', by: 'ann' }, 'it names no choice'],
    [{ decision: 'gate/x', choice: 'approve', by: ' ' }, 'it does not say who decides: by'],
    [{ decision: 'gate/x', choice: 7, by: 'ann' }, 'it names no choice'],
  ])('%j is refused with a reason, and never throws', (raw, why) => {
    expect(readAnswer(raw)).toBe(why)
  })

  it('is read as an object, and as JSON inside a string', () => {
    const answer = { decision: 'gate/x', choice: 'approve', by: 'ann', digest: 's' }
    expect(readAnswer(answer)).toEqual(answer)
    expect(readAnswer(JSON.stringify(answer))).toEqual(answer)
  })
})

describe('a gate whose approvers the plan names', () => {
  const gate = {
    kind: 'gate',
    choices: [
      { choice: 'approve', does: 'it begins' },
      { choice: 'reject', does: 'it is rolled back' },
    ],
    approvers: ['ann', 'bob'],
  } as const
  const by = (name: string, choice: 'approve' | 'reject' = 'approve') => ({
    decision: 'gate/x',
    choice,
    by: name,
  })

  it('is not approved by whoever started the run, who may still reject it', () => {
    expect(objectionTo(by('ann'), gate, 'ann')).toBe(
      'ann started this run and may not approve it; those who may: bob',
    )
    expect(objectionTo(by('ann'), { ...gate, approvers: ['ann'] }, 'ann')).toContain('nobody else is named')
    expect(objectionTo(by('ann', 'reject'), gate, 'ann')).toBeUndefined()
    expect(objectionTo(by('bob'), gate, 'ann')).toBeUndefined()
    expect(objectionTo(by('eve'), gate, 'ann')).toBe('eve may not decide this; those who may: ann, bob')
  })

  it('asks nothing of who started it where anybody may decide', () => {
    expect(objectionTo(by('ann'), { ...gate, approvers: [] }, 'ann')).toBeUndefined()
  })
})
