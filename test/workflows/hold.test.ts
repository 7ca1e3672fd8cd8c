import { describe, expect, it } from 'vitest'
import type { ResolvedHold } from '../../src/plan/plan.ts'
import {
  exceedsTolerance,
  holdEvidence,
  holdText,
  isHeld,
  verificationsIn,
  startOfHold,
  withVerification,
} from '../../src/workflows/hold.ts'
import { openSkippingStage } from '../../testbed/skipping-stage.ts'
import { wholeDepth } from '../depth.ts'

const HOLD: ResolvedHold = { forSeconds: 7 * 86_400, everySeconds: 300, tolerate: 3 }
const FIRST = { summary: 'HTTP 200', strength: 'observed' } as const
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 21) + minutes * 60_000).toISOString()
/** A verification every five minutes; `failed`: the numbers of those that fail. */
const verified = (count: number, failed: readonly number[] = []) =>
  Array.from({ length: count }, (_, index) => index + 1).reduce(
    (tally, number) =>
      withVerification(tally, {
        at: at(5 * number),
        ...(failed.includes(number) && { why: `broken ${number}` }),
      }),
    startOfHold(at(0)),
  )

describe('a hold', () => {
  it('says how many verifications there were, how many failed, and for how long at most', () => {
    const tally = verified(2016, [17])
    expect(isHeld(tally, HOLD)).toBe(true)
    expect(holdEvidence(tally, HOLD, FIRST)).toMatchObject({
      summary: '2,016 verifications in 7 days, 1 failed (3 may fail), for 5 min at most; at first: HTTP 200',
      strength: 'observed',
      facts: { verifications: 2016, failed: 1, firstFailureAt: at(85), firstFailure: 'broken 17' },
    })
    expect(holdText(HOLD)).toBe('verified every 5 min for 7 days; 3 verifications may fail')
  })

  it('measures the longest time of failure, and names a pause', () => {
    const tally = withVerification(verified(2015, [3, 7, 8, 9]), { at: at(5 * 2015 + 180) })
    expect([tally.longestFailingSeconds, tally.firstFailure?.at]).toEqual([900, at(15)])
    expect(exceedsTolerance(tally, HOLD)).toBe(true)
    expect(holdEvidence(tally, HOLD, FIRST).summary).toContain(
      'for 15 min at most; the longest pause between two verifications was 3 h',
    )
  })

  it('does not end with a failed verification', () => {
    expect(isHeld(verified(2016, [2016]), HOLD)).toBe(false)
    expect(isHeld(verified(2017, [2016]), HOLD)).toBe(true)
  })

  it('has at least one verification', () => {
    expect(verificationsIn({ forSeconds: 60, everySeconds: 60, tolerate: 0 })).toBe(1)
  })
})

/** Of the run below: twelve weeks, of which `npm test` takes two. */
const DAYS = wholeDepth ? 84 : 14
const VERIFICATIONS = (DAYS * 288).toLocaleString('en')

describe(`a run that holds a check for ${DAYS} days`, () => {
  it('keeps its histories small, and shows how far it is', async () => {
    const stage = await openSkippingStage()
    try {
      const run = await stage.start(
        'soak',
        `
plan: soak
title: A soak
hosts: [server]
phases:
  - phase: soak
    steps:
      - step: answers
        kind: command
        verify: test -e /srv/up
        hold: { for: ${DAYS} days, every: 5 minutes, tolerate: 3 }
`,
      )
      const phase = stage.client.workflow.getHandle('soak/soak')
      await stage.pass(`${DAYS / 2} days`)
      expect(await phase.query('status')).toMatchObject({
        steps: [
          {
            step: 'answers',
            state: 'holding',
            waitsFor: expect.stringMatching(
              new RegExp(`^held: \\d+,\\d\\d\\d of ${VERIFICATIONS}`),
            ) as string,
          },
        ],
      })
      await run.result()
      expect(await phase.query('status')).toMatchObject({
        steps: [
          {
            state: 'done',
            evidence: {
              summary: expect.stringContaining(`${VERIFICATIONS} verifications in ${DAYS} days`) as string,
            },
          },
        ],
      })
      for (const handle of [run, phase]) {
        const { historyLength } = await handle.describe()
        expect(historyLength).toBeLessThan((3000 * DAYS) / 84)
      }
    } finally {
      await stage.close()
    }
  })
})
