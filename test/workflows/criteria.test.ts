import { ApplicationFailure } from '@temporalio/common'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { updateAnswer } from '../../src/cli/deciding.ts'
import { pasteable, runDetails } from '../../src/workflows/details.ts'
import { criteriaOf } from '../../src/workflows/criteria.ts'
import { openSkippingStage, stepThatTouches } from '../../testbed/skipping-stage.ts'
import type { SkippingStage } from '../../testbed/skipping-stage.ts'
import { decide, failureOf, openDecision, statusOf } from '../../testbed/watch-run.ts'

let stage: SkippingStage
beforeEach(async () => {
  stage = await openSkippingStage()
})
afterEach(() => stage.close())

const PLAN = `
plan: shop
title: A shop
hosts: [server]
phases:
  - phase: tests
    steps: [${stepThatTouches('smoke')}, ${stepThatTouches('load')}]
  - phase: live
    gate:
      approvers: anyone
      criteria:
        - { says: All tests pass, by: [smoke, load] }
        - { says: It answers, by: smoke }
    steps: [${stepThatTouches('live-one')}]
`

describe('the criteria of a gate', () => {
  it('are shown each with the evidence and the strength of its steps, and an approval needs no reason', async () => {
    const run = await stage.start('shop', PLAN)
    const gate = await openDecision(run)
    expect(gate.criteria).toEqual([
      {
        ...{ says: 'All tests pass', strength: 'observed' },
        by: [
          { step: 'smoke', strength: 'observed', summary: 'smoke is done' },
          { step: 'load', strength: 'observed', summary: 'load is done' },
        ],
      },
      {
        ...{ says: 'It answers', strength: 'observed' },
        by: [{ step: 'smoke', strength: 'observed', summary: 'smoke is done' }],
      },
    ])
    expect(gate.happened).toContain('2 of 2 criteria are met')
    expect(pasteable(gate, 'approve')).not.toContain('reason')
    await decide(run, gate, 'approve')
    await run.result()
  })

  it('read "not proven" where people passed over a step; then an approval must say why', async () => {
    stage.script.run = (step) => {
      if (step === 'load') throw ApplicationFailure.nonRetryable('too slow', 'CommandFailed')
    }
    const run = await stage.start('shop', PLAN)
    await decide(run, await openDecision(run), 'skip')
    const gate = await openDecision(run)
    expect(gate.criteria?.map(({ says, strength }) => [says, strength])).toEqual([
      ['All tests pass', 'not proven'],
      ['It answers', 'observed'],
    ])
    const page = runDetails(await statusOf(run))
    expect(page).toContain('Not proven: All tests pass.')
    expect(page).toContain('load: not proven: skip by tester')
    // What fits on the first screen of the Temporal UI.
    expect(page.indexOf('```json')).toBeLessThan(1000)
    expect(JSON.parse(pasteable(gate, 'approve'))).toMatchObject({ reason: 'WHY' })

    const approval = {
      decision: gate.decision,
      choice: 'approve',
      by: 'lead',
      digest: gate.digest ?? '',
    } as const
    for (const reason of [{}, { reason: ' why ' }])
      await expect(updateAnswer(run, { ...approval, ...reason })).rejects.toMatchObject({
        cause: { message: expect.stringContaining('must say why') as string },
      })
    await updateAnswer(run, { ...approval, reason: 'the load test measured another machine' })
    expect((await failureOf(run)).type).toBe('DoneNotProven')
    expect(JSON.stringify((await statusOf(run)).answers)).toContain('another machine')
  })
})

describe('criteriaOf', () => {
  it('is as strong as the weakest step', () => {
    const evidence = (strength: 'proven' | 'observed' | 'stated') => ({ strength, summary: strength })
    const done = [
      { step: 'a', outputs: {}, evidence: evidence('proven') },
      { step: 'b', outputs: {}, evidence: evidence('stated') },
    ]
    const strengthOf = (...by: string[]) =>
      criteriaOf({ criteria: [{ says: 'x', by }] }, { done, passedOver: [] })[0]?.strength
    expect([strengthOf('a'), strengthOf('a', 'b'), strengthOf('a', 'c')]).toEqual([
      'proven',
      'stated',
      'not proven',
    ])
  })
})
