import { ApplicationFailure } from '@temporalio/common'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSkippingStage } from '../../testbed/skipping-stage.ts'
import type { SkippingStage } from '../../testbed/skipping-stage.ts'
import { decide, failureOf, openDecision, statusOf, until } from '../../testbed/watch-run.ts'

// The workflows are the real ones, the days pass in milliseconds, and no host is there: what runs do on hosts is tested in test/e2e.

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

describe('a step that fails', () => {
  const failing = async (until = Infinity) => {
    fails('CommandFailed', (step, times) => step === 'second' && times <= until)
    const run = await stage.start('shop', FAILING)
    await stage.pass('1 hour')
    return { run, decision: await openDecision(run) }
  }

  it('is tried as often as the plan says, each wait twice the one before and at most 15 minutes', async () => {
    const { decision } = await failing()
    expect(minutesOf('run second')).toEqual([0, 10, 25, 40])
    expect(decision.title).toBe('step second on server failed')
    expect(decision.shows.join('\n')).toContain('second broke')
    expect(names('run third')).toEqual([])
  })

  it('is asked about again every hour, however long nobody answers, and retry goes on from there', async () => {
    const { run } = await failing(4)
    await stage.pass('3 days')
    const decision = await openDecision(run)
    expect(decision.timesAsked).toBeGreaterThanOrEqual(72)
    await decide(run, decision, 'retry')
    expect(await run.result()).toMatchObject({ state: 'done', steps: 3 })
    expect(names('run first')).toHaveLength(1)
    expect(names('run second')).toHaveLength(5)
    expect(names('run third')).toHaveLength(1)
  })

  it('is passed over by skip', async () => {
    const { run, decision } = await failing()
    await decide(run, decision, 'skip')
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(names('run third')).toHaveLength(1)
  })

  it('has everything undone by roll back, newest first, and what stays is named', async () => {
    stage.script.leftovers = [{ what: 'volume kept', why: 'it was written to' }]
    const { run, decision } = await failing()
    await decide(run, decision, 'rollback')
    const { type, message } = await failureOf(run)
    expect(type).toBe('RolledBack')
    expect(message).toContain('volume kept: it was written to')
    expect(names('undo')).toEqual(['undo second', 'undo first'])
  })

  it('ends the run by stop, with nothing undone', async () => {
    const { run, decision } = await failing()
    await decide(run, decision, 'stop')
    const { type, message } = await failureOf(run)
    expect(type).toBe('Stopped')
    expect(message).toContain('reinstate rollback shop')
    expect(names('undo')).toEqual([])
  })

  it('that was certainly not begun is begun anew at once, five times at most, whatever the plan says of tries', async () => {
    fails('NotStarted', (step) => step === 'first')
    const run = await stage.start('shop', FAILING)
    await stage.pass('1 minute')
    expect((await openDecision(run)).kind).toBe('failed-step')
    expect(names('run first')).toHaveLength(5)
    expect(minutesOf('run first')).toEqual([0, 0, 0, 0, 0])
  })

  it('of which nobody knows whether it did its work is done where its proof says so', async () => {
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

  it('opens by an update that names what was seen, and not before', async () => {
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

  it('takes no approval that names another digest, no stranger, nobody who started the run, no rubbish', async () => {
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

  it('rolls back what was done when it is rejected', async () => {
    const { run, decision } = await gated('{ approvers: anyone, within: 1 hour }')
    await decide(run, decision, 'reject')
    expect((await failureOf(run)).message).toContain('the gate before after was rejected')
    expect(names('undo')).toEqual(['undo prepared'])
    expect(names('run opened')).toEqual([])
  })

  it.each([
    ['reject', 'RolledBack', ['undo prepared']],
    ['stop', 'Stopped', []],
  ] as const)(
    'when nobody answers for three days, does what the plan chose: %s',
    async (otherwise, type, undone) => {
      const began = await stage.now()
      const { run } = await gated(`{ approvers: anyone, within: 3 days, otherwise: ${otherwise} }`)
      expect((await failureOf(run)).type).toBe(type)
      const days = ((await stage.now()).getTime() - began.getTime()) / (24 * 60 * MINUTE)
      expect(days).toBeGreaterThanOrEqual(3)
      expect(days).toBeLessThan(3.1)
      expect(names('undo')).toEqual(undone)
      expect((await statusOf(run)).answers).toMatchObject([{ via: 'timeout', taken: true }])
    },
  )

  it('asks again where the plan chose nothing, and counts how often', async () => {
    const { run } = await gated('{ approvers: anyone, within: 8 hours }')
    await stage.pass('25 hours')
    const decision = await openDecision(run)
    expect(decision.timesAsked).toBe(4)
    await decide(run, decision, 'approve')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  it('opens anew where the hosts changed since it was seen, three times at most; then people say what next', async () => {
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

describe('two runs on one stack', () => {
  const GATE = '{ approvers: anyone, within: 30 days }'

  it('wait for each other, and the second says for whom', async () => {
    const first = await stage.start('shop', GATED(GATE), { id: 'first-in' })
    const decision = await openDecision(first)
    const second = await stage.start('shop', GATED(GATE), { id: 'second-in' })
    const { waitsFor } = await until(second, 'waiting-for-lock')
    expect(waitsFor).toBe('for first-in, which holds shop on server')
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

  it('take the lock of one that was terminated', async () => {
    const first = await stage.start('shop', GATED(GATE), { id: 'terminated' })
    await openDecision(first)
    await first.terminate('somebody pressed the wrong button')
    const second = await stage.start('shop', GATED(GATE), { id: 'after-it' })
    await stage.pass('3 hours')
    await decide(second, await openDecision(second), 'approve')
    expect(await second.result()).toMatchObject({ state: 'done' })
  })
})
