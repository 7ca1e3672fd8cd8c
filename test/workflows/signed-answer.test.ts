import { describe, expect, it } from 'vitest'
import { objectionTo, readAnswer } from '../../src/workflows/answers.ts'
import { objectionToTime, statementOf } from '../../src/workflows/signed-answer.ts'
import type { DecisionAnswer } from '../../src/workflows/status.ts'

const answer: Omit<DecisionAnswer, 'signature'> = {
  ...{ decision: 'gate/x', choice: 'approve', by: 'lead', digest: 'shown' },
  ...{ reason: 'seen', signedAt: '2026-11-21T10:00:00.000Z' },
}

describe('statementOf', () => {
  const other = (changed: object) => statementOf('token', { ...answer, ...changed })
  it.each(Object.keys(answer))('differs where %s differs', (part) => {
    expect(other({ [part]: 'another' })).not.toBe(other({}))
  })
  it('differs for another run', () => {
    expect(statementOf('another', answer)).not.toBe(other({}))
  })
  it('cannot be made of other parts: a value stays within its quotes', () => {
    expect(other({ by: 'lead","digest":"shown' })).not.toBe(other({}))
  })
})

describe('objectionToTime', () => {
  const [since, now] = ['2026-11-21T10:00:00Z', '2026-11-23T10:00:00Z']
  it.each([
    ['2026-11-21T10:30:00Z', true],
    ['2026-11-21T09:51:00Z', true],
    ['2026-11-21T09:49:00Z', false],
    ['2026-11-23T10:09:00Z', true],
    ['2026-11-23T10:11:00Z', false],
    ['yesterday', false],
    [undefined, false],
  ])('%s › taken: %s', (signedAt, taken) => {
    const signed = { signature: 'AAAA', ...(signedAt === undefined ? {} : { signedAt }) }
    expect(objectionToTime(signed, { since, now }) === undefined).toBe(taken)
  })
})

describe('readAnswer', () => {
  it('takes a signature in base64, and as ssh-keygen writes it', () => {
    const armored = '-----BEGIN SSH SIGNATURE-----\nU1NI\nU0lH\n-----END SSH SIGNATURE-----\n'
    expect(readAnswer({ ...answer, signature: armored })).toEqual({ ...answer, signature: 'U1NIU0lH' })
  })
  it.each([[7], [''], ['not base64!'], ['A'.repeat(9000)], [{}]])('refuses the signature %j', (signature) => {
    expect(readAnswer({ ...answer, signature })).toBe('the signature is not what reinstate sign prints')
  })
})

describe('objectionTo', () => {
  const gate = {
    ...{ kind: 'gate' as const, approvers: ['lead', 'on-call'], digest: 'shown', signed: true as const },
    choices: (['approve', 'reject'] as const).map((choice) => ({ choice, does: '' })),
  }
  const objection = (changed: object) => objectionTo({ ...answer, ...changed }, gate, 'starter')
  it('demands a signature for each answer to a signed gate, rejecting included', () => {
    expect(objection({})).toContain('has to be signed')
    expect(objection({ choice: 'reject' })).toContain('has to be signed')
    expect(objection({ signature: 'U1NI' })).toBeUndefined()
  })
  it('demands the digest in each signed answer', () => {
    const signed = { choice: 'reject', signature: 'U1NI' }
    expect(objection(signed)).toBeUndefined()
    expect(objection({ ...signed, digest: 'another' })).toContain('digest')
  })
})
