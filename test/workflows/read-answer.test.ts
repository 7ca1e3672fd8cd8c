import { describe, expect, it } from 'vitest'
import { readAnswer } from '../../src/workflows/decisions.ts'

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
    const answer = { decision: 'gate/x', choice: 'approve', by: 'ann', seal: 's' }
    expect(readAnswer(answer)).toEqual(answer)
    expect(readAnswer(JSON.stringify(answer))).toEqual(answer)
  })
})
