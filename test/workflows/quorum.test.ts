import { describe, expect, it } from 'vitest'
import { neededFor, quorumLines, signerOf, withVote } from '../../src/workflows/quorum.ts'
import type { Choice, Decision, Vote } from '../../src/workflows/status.ts'

const vote = (by: string, key?: string, choice: Choice = 'approve'): Vote => ({
  ...{ choice, by, at: '2026-11-21T10:00:00Z' },
  ...(key === undefined ? {} : { key }),
})
/** Who has agreed after these votes, and how many of the votes were refused. */
const counted = (...votes: readonly Vote[]) => {
  let collected: readonly Vote[] = []
  let refused = 0
  for (const one of votes) {
    const next = withVote(collected, one)
    if (next) collected = next
    else refused += 1
  }
  return { names: collected.map(({ by, choice }) => `${by} ${choice}`), refused }
}

describe('withVote', () => {
  it('counts two people once each', () => {
    expect(counted(vote('lead'), vote('on-call'))).toEqual({
      names: ['lead approve', 'on-call approve'],
      refused: 0,
    })
  })

  it.each([
    ['a name in another case', vote('lead'), vote(' LEAD ')],
    ['two keys of one name', vote('lead', 'SHA256:a'), vote('lead', 'SHA256:b')],
    ['two names with one key', vote('lead', 'SHA256:a'), vote('on-call', 'SHA256:a')],
  ])('counts %s once', (_, one, other) => {
    expect(counted(one, other)).toMatchObject({ names: ['lead approve'], refused: 1 })
  })

  it('replaces another answer of the same person', () => {
    const votes = [vote('lead', undefined, 'skip'), vote('lead', undefined, 'rollback')]
    expect(counted(...votes)).toEqual({ names: ['lead rollback'], refused: 0 })
  })
})

describe('neededFor', () => {
  const asked: Pick<Decision, 'kind' | 'choices' | 'approvers' | 'quorum'> = {
    ...{ kind: 'gate', approvers: ['lead', 'on-call', 'owner'], quorum: 2 },
    choices: (['approve', 'reject', 'stop'] as const).map((choice) => ({ choice, does: '' })),
  }
  it('takes the quorum to approve, and one person to reject or stop', () => {
    const needed = asked.choices.map(({ choice }) => neededFor(asked, choice))
    expect(needed).toEqual([2, 1, 1])
  })
  it('takes the quorum for the guarded answers to a failed step, and one person to retry', () => {
    const failed = {
      ...asked,
      kind: 'failed-step' as const,
      choices: [
        { choice: 'retry' as const, does: '' },
        { choice: 'skip' as const, does: '', guarded: true as const },
      ],
    }
    expect(failed.choices.map(({ choice }) => neededFor(failed, choice))).toEqual([1, 2])
  })
})

describe('quorumLines', () => {
  it('show who has agreed, with the key or as unverified', () => {
    const collected = [vote('lead', 'SHA256:a'), vote('owner', undefined, 'skip')]
    expect(quorumLines({ quorum: 2, collected })).toEqual([
      'approve: 1 of 2, by lead (key SHA256:a)',
      'skip: 1 of 2, by owner (unverified)',
    ])
    expect(quorumLines({ quorum: 2 })).toEqual([])
    expect(signerOf({ by: 'lead' })).toBe('lead (unverified)')
  })
})
