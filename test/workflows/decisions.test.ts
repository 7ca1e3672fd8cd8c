import { ApplicationFailure } from '@temporalio/common'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WorkflowHandle } from '@temporalio/client'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'
import type { Decision } from '../../src/workflows/status.ts'
import { openSkippingStage } from '../../testbed/skipping-stage.ts'
import type { SkippingStage } from '../../testbed/skipping-stage.ts'
import { decide, failureOf, openDecision, statusOf, until } from '../../testbed/watch-run.ts'
import { everyNth } from '../depth.ts'

// The real workflows on a server that skips time, without hosts: what runs do on hosts is tested in test/e2e.

let stage: SkippingStage
beforeEach(async () => {
  stage = await openSkippingStage()
})
afterEach(() => stage.close())

const STEP = (step: string, more = '') => `
      - step: ${step}
        kind: command
        script: touch /srv/${step}
        undo: rm -f /srv/${step}
        verify: test -e /srv/${step}
${more}`

const PLAN = (phases: string) => `
plan: shop
title: A shop
hosts: [server]
stack: shop
defaults: { host: server }
phases:
${phases}`

const FAILING = PLAN(`
  - phase: work
    steps:${STEP('first')}${STEP('second', '        idempotent: true\n        attempts: 4\n        backoff: 10 minutes')}${STEP('third')}`)

const GATED = (gate: string) =>
  PLAN(`
  - phase: before
    steps:${STEP('prepared')}
  - phase: after
    gate: ${gate}
    steps:${STEP('opened')}`)

const MINUTE = 60_000
const asked = (about: string) => stage.asked.filter(({ what }) => what.startsWith(about))
const names = (about: string) => asked(about).map(({ what }) => what)
/** In minutes from the first to each. */
const minutesOf = (about: string) => {
  const times = asked(about).map(({ at }) => at.getTime())
  return times.map((time) => Math.round((time - (times[0] ?? 0)) / MINUTE))
}
const fails = (type: string, whatever: (step: string, times: number) => boolean) => {
  stage.script.run = (step, times) => {
    if (whatever(step, times)) throw ApplicationFailure.nonRetryable(`${step} broke`, type)
  }
}

describe('a failed step', () => {
  const failing = async (until = Infinity) => {
    fails('CommandFailed', (step, times) => step === 'second' && times <= until)
    const run = await stage.start('shop', FAILING)
    await stage.pass('1 hour')
    return { run, decision: await openDecision(run) }
  }

  it('is attempted as often as the plan says, with a doubling backoff of at most 15 minutes', async () => {
    const { decision } = await failing()
    expect(minutesOf('run second')).toEqual([0, 10, 25, 40])
    expect(decision.title).toBe('step "second" failed on server')
    expect(decision.shows.join('\n')).toContain('second broke')
    expect(names('run third')).toEqual([])
  })

  it('is asked about again ever more seldom while nobody answers; retry continues from there', async () => {
    const { run } = await failing(4)
    await stage.pass('3 days')
    const decision = await openDecision(run)
    // After 1, 3, 7, 15, 31 and 55 hours.
    expect(decision.timesAsked).toBe(7)
    await decide(run, decision, 'retry')
    expect(await run.result()).toMatchObject({ state: 'done', steps: 3 })
    expect(names('run first')).toHaveLength(1)
    expect(names('run second')).toHaveLength(5)
    expect(names('run third')).toHaveLength(1)
  })

  it('skip › the run continues, and ends as done-not-proven', async () => {
    const { run, decision } = await failing()
    await decide(run, decision, 'skip')
    expect((await failureOf(run)).type).toBe('DoneNotProven')
    expect((await statusOf(run)).state).toBe('done-not-proven')
    expect(names('run third')).toHaveLength(1)
  })

  it('rollback › everything is undone, newest first, and what stays is named', async () => {
    stage.script.leftovers = [{ what: 'volume kept', why: 'it was written to' }]
    const { run, decision } = await failing()
    await decide(run, decision, 'rollback')
    const { type, message } = await failureOf(run)
    expect(type).toBe('RolledBack')
    expect(message).toContain('volume kept: it was written to')
    expect(names('undo')).toEqual(['undo second', 'undo first'])
  })

  it('stop › ends the run, and nothing is undone', async () => {
    const { run, decision } = await failing()
    await decide(run, decision, 'stop')
    const { type, message } = await failureOf(run)
    expect(type).toBe('Stopped')
    expect(message).toContain('reinstate rollback shop')
    expect(names('undo')).toEqual([])
  })

  it('not started for certain › is started again at once, at most five times, whatever attempts the plan allows', async () => {
    fails('NotStarted', (step) => step === 'first')
    const run = await stage.start('shop', FAILING)
    await stage.pass('1 minute')
    expect((await openDecision(run)).kind).toBe('failed-step')
    expect(names('run first')).toHaveLength(5)
    expect(minutesOf('run first')).toEqual([0, 0, 0, 0, 0])
  })

  it('outcome unknown › is done where verify proves it', async () => {
    fails('OutcomeUnknown', (step) => step === 'first')
    const run = await stage.start('shop', FAILING)
    expect(await run.result()).toMatchObject({ state: 'done', steps: 3 })
    expect(names('run first')).toHaveLength(1)
  })
})

describe('a gate', () => {
  const gated = async (gate: string, how?: { readonly by?: string }) => {
    const run = await stage.start('shop', GATED(gate), how)
    return { run, decision: await openDecision(run) }
  }

  it('opens by an update with the digest, and not before', async () => {
    const { run, decision } = await gated('{ approvers: anyone, within: 1 hour }')
    expect(names('run opened')).toEqual([])
    await decide(run, decision, 'approve')
    expect(await run.result()).toMatchObject({ state: 'done', steps: 2 })
  })

  it('opens by a signal, once, however often the signal comes', async () => {
    const { run, decision } = await gated('{ approvers: anyone, within: 1 hour }')
    const answer = { decision: decision.decision, choice: 'approve', by: 'tester', digest: decision.digest }
    for (let time = 0; time < 10; time++) await run.signal('decide', answer).catch(() => undefined)
    await run.result()
    const { answers } = await statusOf(run)
    expect(answers.filter(({ taken }) => taken)).toHaveLength(1)
    expect(names('run opened')).toHaveLength(1)
  })

  it('takes no approval with another digest, by a stranger or by the starter, and no malformed answer', async () => {
    const { run, decision } = await gated('{ within: 1 hour, approvers: [tester, anna] }', { by: 'anna' })
    const answer = { decision: decision.decision, choice: 'approve', by: 'tester', digest: decision.digest }
    const refused = [
      { ...answer, digest: 'another' },
      { ...answer, by: 'stranger' },
      { ...answer, by: 'anna' },
    ]
    for (const wrong of refused)
      await expect(run.executeUpdate('decide', { args: [wrong] })).rejects.toThrow()
    for (const wrong of refused) await run.signal('decide', wrong)
    await run.signal('decide')
    await run.signal('approve-everything', true)
    await expect.poll(async () => (await statusOf(run)).answers.length, { timeout: 60_000 }).toBe(5)
    expect((await statusOf(run)).answers.every(({ taken }) => !taken)).toBe(true)
    expect(names('run opened')).toEqual([])
    await decide(run, decision, 'approve')
    await run.result()
  })

  it('rejected › rolls back what was done', async () => {
    const { run, decision } = await gated('{ approvers: anyone, within: 1 hour }')
    await decide(run, decision, 'reject')
    expect((await failureOf(run)).message).toContain('tester answered reject at the gate before after')
    expect(names('undo')).toEqual(['undo prepared'])
    expect(names('run opened')).toEqual([])
  })

  it.each([
    ['reject', 'RolledBack', ['undo prepared']],
    ['stop', 'Stopped', []],
  ] as const)('expires after three days › does what the plan chose: %s', async (otherwise, type, undone) => {
    const began = await stage.now()
    const { run } = await gated(`{ approvers: anyone, within: 3 days, otherwise: ${otherwise} }`)
    expect((await failureOf(run)).type).toBe(type)
    const days = ((await stage.now()).getTime() - began.getTime()) / (24 * 60 * MINUTE)
    expect(days).toBeGreaterThanOrEqual(3)
    expect(days).toBeLessThan(3.1)
    expect(names('undo')).toEqual(undone)
    expect((await statusOf(run)).answers).toMatchObject([{ via: 'timeout', taken: true }])
  })

  it('expires without a choice in the plan › asks again, after twice the time, and counts how often', async () => {
    const { run } = await gated('{ approvers: anyone, within: 8 hours }')
    await stage.pass('25 hours')
    const decision = await openDecision(run)
    // After 8 and 24 hours.
    expect(decision.timesAsked).toBe(3)
    await decide(run, decision, 'approve')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  it('the hosts changed since it was shown › opens anew, at most three times; then asks what to do', async () => {
    const { run } = await gated('{ approvers: anyone, within: 1 hour }')
    for (const changed of ['one', 'two', 'three']) {
      const { kind, digest } = await openDecision(run)
      expect(kind).toBe('gate')
      stage.script.state = changed
      await decide(run, await openDecision(run), 'approve')
      await expect
        .poll(async () => (await statusOf(run)).decisions[0]?.digest ?? digest, { timeout: 60_000 })
        .not.toBe(changed === 'three' ? undefined : digest)
      if (changed !== 'three')
        expect((await openDecision(run)).shows.join('\n')).toContain('Changed since it was approved')
    }
    await expect
      .poll(async () => (await statusOf(run)).decisions[0]?.decision, { timeout: 60_000 })
      .toBe('unsettled/after')
    await decide(run, await openDecision(run), 'retry')
    await expect
      .poll(async () => (await statusOf(run)).decisions[0]?.decision, { timeout: 60_000 })
      .toBe('gate/after')
    await decide(run, await openDecision(run), 'approve')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })
})

describe('a run whose plan names approvers', () => {
  const GUARDED = GATED('{ within: 1 hour, approvers: [tester, anna] }')
  const by = (who: string, { decision, digest }: Decision, choice: string) => ({
    ...{ decision, choice, by: who },
    ...(digest === undefined ? {} : { digest }),
  })
  const refused = async (run: WorkflowHandle, answer: object) =>
    await expect(run.executeUpdate('decide', { args: [answer] })).rejects.toThrow()

  it('started without a name › is refused', async () => {
    const run = await stage.start('shop', GUARDED, { by: '' })
    expect((await failureOf(run)).type).toBe('Refused')
    expect(stage.asked).toEqual([])
  })

  it('a step failed › only an approver skips it, with the digest; the gate lists it', async () => {
    fails('StepNotVerified', (step) => step === 'prepared')
    const run = await stage.start('shop', GUARDED, { by: 'anna' })
    const failed = await openDecision(run)
    await refused(run, by('mallory', failed, 'skip'))
    await refused(run, by('anna', failed, 'skip'))
    await refused(run, { ...by('tester', failed, 'skip'), digest: 'another' })
    await decide(run, failed, 'skip')
    await expect.poll(async () => (await statusOf(run)).decisions[0]?.kind, { timeout: 60_000 }).toBe('gate')
    const gate = await openDecision(run)
    expect(gate.shows).toContain('- prepared: skip by tester')
    await decide(run, gate, 'approve')
    expect((await failureOf(run)).type).toBe('DoneNotProven')
  })

  it('cancelled › asks the approvers, and undoes nothing before', async () => {
    const run = await stage.start('shop', GUARDED)
    await openDecision(run)
    await run.cancel()
    await expect
      .poll(async () => (await statusOf(run)).decisions[0]?.kind, { timeout: 60_000 })
      .toBe('cancelled')
    const asks = await openDecision(run)
    await refused(run, by('mallory', asks, 'rollback'))
    expect(names('undo')).toEqual([])
    await decide(run, asks, 'rollback')
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect(names('undo')).toEqual(['undo prepared'])
  })

  it('rolled back once it is done › asks the approvers first', async () => {
    const run = await stage.start('shop', GUARDED)
    await decide(run, await openDecision(run), 'approve')
    await run.result()
    const args = [{ run: 'shop', by: 'mallory' }]
    const start = { taskQueue: TASK_QUEUE, workflowId: 'shop/rollback', args }
    const rollback = await stage.client.workflow.start('rollbackRun', start)
    const asks = await openDecision(rollback)
    await refused(rollback, by('mallory', asks, 'approve'))
    expect(names('undo')).toEqual([])
    await decide(rollback, asks, 'approve')
    // Not by its result: the stage would skip years while the lock of the run closes.
    await until(rollback, 'rolled-back')
    expect(names('undo')).toEqual(['undo opened', 'undo prepared'])
  })
})

describe('a flood of ignored answers', () => {
  it('keeps the first hundred and counts the rest; the approval is recorded', async () => {
    const run = await stage.start('shop', GATED('{ approvers: anyone, within: 1 hour }'))
    const gate = await openDecision(run)
    for (let number = 0; number < 120; number++) await run.signal('decide', { number })
    await decide(run, gate, 'approve')
    await run.result()
    const { answers, ignoredMore } = await statusOf(run)
    expect(answers).toHaveLength(101)
    expect(ignoredMore).toBe(20)
    expect(answers.filter(({ taken }) => taken)).toMatchObject([{ answer: { by: 'tester' } }])
  })
})

describe('90 days without an answer', () => {
  it.each(
    everyNth(2, [
      ['a failed step', FAILING],
      ['a gate that asks again every minute', GATED('{ approvers: anyone, within: 1 second }')],
      ['an unlocked gate', GATED('{ approvers: anyone, within: 1 second, unlocked: true }')],
    ] as const),
  )('%s › adds fewer than 1,000 events', async (_, plan) => {
    fails('CommandFailed', (step) => step === 'second')
    const run = await stage.start('shop', plan)
    await stage.pass('90 days')
    await openDecision(run)
    expect((await run.describe()).historyLength).toBeLessThan(1000)
  })
})

describe('two runs on one stack', () => {
  const GATE = '{ approvers: anyone, within: 30 days }'

  it('the second waits for the first, and names it', async () => {
    const first = await stage.start('shop', GATED(GATE), { id: 'first-in' })
    const decision = await openDecision(first)
    const second = await stage.start('shop', GATED(GATE), { id: 'second-in' })
    const { detail } = await until(second, 'waiting-for-lock')
    expect(detail).toMatch(/^for first-in, which holds shop on server/)
    await stage.pass('2 days')
    await until(second, 'waiting-for-lock')
    expect(names('take')).toEqual(['take shop on server for first-in'])

    await decide(first, decision, 'approve')
    await first.result()
    await stage.pass('3 hours')
    await decide(second, await openDecision(second), 'approve')
    expect(await second.result()).toMatchObject({ state: 'done' })
    expect(names('release')).toEqual(['release shop on server for first-in'])
    expect(names('take')).toEqual(['take shop on server for first-in', 'take shop on server for second-in'])
  })

  it('the first was terminated › the second takes its lock', async () => {
    const first = await stage.start('shop', GATED(GATE), { id: 'terminated' })
    await openDecision(first)
    await first.terminate('somebody pressed the wrong button')
    const second = await stage.start('shop', GATED(GATE), { id: 'after-it' })
    await stage.pass('3 hours')
    await decide(second, await openDecision(second), 'approve')
    expect(await second.result()).toMatchObject({ state: 'done' })
  })
})
