import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { updateAnswer } from '../../src/cli/deciding.ts'
import { openSkippingStage, stepThatTouches } from '../../testbed/skipping-stage.ts'
import type { SkippingStage } from '../../testbed/skipping-stage.ts'
import { decide, openDecision, statusOf } from '../../testbed/watch-run.ts'

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
  - phase: copy
    steps: [${stepThatTouches('copy')}]
  - phase: cutover
    gate: { approvers: anyone }
    steps: [${stepThatTouches('stop')}, ${stepThatTouches('start')}]
`

it('a gate that lists "would be refused" offers no approval, takes none, and opens once the cause is gone', async () => {
  // Sooner, the run itself would be refused.
  stage.script.run = (step) => {
    if (step === 'copy') stage.script.refused = { start: 'network shop wants a subnet that another one has' }
  }
  const run = await stage.start('shop', PLAN)
  const gate = await openDecision(run)
  expect(gate.choices.map(({ choice }) => choice)).toEqual(['retry', 'reject', 'stop'])
  expect(gate.happened).toContain('It cannot begin: start on server would be refused: network shop wants')
  const approval = {
    decision: gate.decision,
    choice: 'approve',
    by: 'lead',
    digest: gate.digest ?? '',
  } as const
  await expect(updateAnswer(run, approval)).rejects.toThrow()
  expect(await statusOf(run)).toMatchObject({ state: 'waiting-for-decision' })
  expect(stage.asked.map(({ what }) => what)).not.toContain('run stop')

  stage.script.refused = {}
  await decide(run, gate, 'retry')
  const opened = await vi.waitFor(async () => {
    const again = await openDecision(run)
    expect(again.choices.map(({ choice }) => choice)).toEqual(['approve', 'reject', 'stop'])
    return again
  })
  await decide(run, opened, 'approve')
  await run.result()
  expect(stage.asked.map(({ what }) => what)).toContain('run start')
})
