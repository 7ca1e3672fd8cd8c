import { ApplicationFailure } from '@temporalio/common'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSkippingStage } from '../../testbed/skipping-stage.ts'
import type { SkippingStage } from '../../testbed/skipping-stage.ts'
import { mostAtOnce, stepSpans } from '../../testbed/step-spans.ts'
import type { StepSpan } from '../../testbed/step-spans.ts'

// The real workflows on a server that skips time; how limits are divided among phases: test/plan/concurrency.test.ts.

let stage: SkippingStage
beforeEach(async () => {
  stage = await openSkippingStage()
  // Each step takes a minute of the server's time: steps that run at once are open at once in the history.
  stage.script.run = (_, times) => {
    if (times === 1)
      throw ApplicationFailure.create({ message: 'it works', type: 'NotYet', nextRetryDelay: '1 minute' })
  }
})
afterEach(() => stage.close())

const steps = (host: string, name: string, count: number) =>
  Array.from(
    { length: count },
    (_, index) =>
      `      - { step: ${name}${index}, needs: [], host: ${host}, kind: command, script: touch /srv/x, undo: rm -f /srv/x, verify: test -e /srv/x }`,
  ).join('\n')

const PLAN = (concurrency: string) => `
plan: shop
title: A shop on two hosts
hosts: [one, two]
stack: shop
${concurrency}
phases:
  - phase: left
    needs: []
    steps:
${steps('one', 'left', 5)}
  - phase: right
    needs: []
    steps:
${steps('one', 'right-one-', 3)}
${steps('two', 'right-two-', 5)}
  - phase: last
    needs: [left, right]
    steps:
${steps('one', 'last-one-', 6)}
${steps('two', 'last-two-', 6)}
`

const spansOf = async (plan: string) => {
  const run = await stage.start('shop', plan)
  await run.result()
  const phases = ['left', 'right', 'last'].map((phase) => stepSpans(stage.client, `shop/${phase}`))
  const [left = [], right = [], last = []] = await Promise.all(phases)
  return { left, right, last, all: [...left, ...right, ...last] }
}
const onHost = (spans: readonly StepSpan[], wanted: string) => spans.filter(({ host }) => host === wanted)

describe('a run whose plan has concurrency', () => {
  it('reaches the limit of the plan and of a host, and never has more steps at once', async () => {
    const { left, right, last, all } = await spansOf(PLAN('concurrency: { plan: 5, host: 3 }'))
    expect(all).toHaveLength(25)
    // Alone, a phase has the whole limit.
    expect(mostAtOnce(last)).toBe(5)
    // Five at once are three on one host and two on the other; which of them has three is not said.
    expect(Math.max(...['one', 'two'].map((host) => mostAtOnce(onHost(last, host))))).toBe(3)
    // Beside each other, two phases share it.
    expect([mostAtOnce(left), mostAtOnce(right)]).toEqual([1, 2])
    expect(mostAtOnce([...left, ...right])).toBe(3)
    expect(mostAtOnce(all)).toBe(5)
    for (const host of ['one', 'two']) expect(mostAtOnce(onHost(all, host))).toBeLessThanOrEqual(3)
  })

  it('without it runs all steps that need nothing at once', async () => {
    const { left, right, last } = await spansOf(PLAN(''))
    expect([mostAtOnce([...left, ...right]), mostAtOnce(last)]).toEqual([13, 12])
  })
})
