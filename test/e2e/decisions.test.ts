import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision, statusOf, until } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { itInDepth } from '../depth.ts'

// The logic of decisions, with days that pass, is in test/workflows/decisions.test.ts; here it meets a host.

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** Makes a mark, then fails until somebody puts a file there, then makes another mark. */
const FAILING = (name: string) => `
plan: ${name}
title: A step that fails until it is helped
hosts: [server]
phases:
  - phase: work
    steps:
      - step: first
        kind: command
        script: touch /srv/${name}-first
        undo: rm -f /srv/${name}-first
        verify: test -e /srv/${name}-first
      - step: second
        kind: command
        script: echo tried >> /var/tmp/${name}-tries; test -e /var/tmp/${name}-help
        attempts: 3
        idempotent: true
        backoff: 1 second
        cannotUndo: it only writes down that it was tried
        noProof: its exit code is all there is
      - step: third
        kind: command
        script: touch /srv/${name}-third
        undo: rm -f /srv/${name}-third
        verify: test -e /srv/${name}-third
`

const GATED = (name: string, gate = '{ approvers: anyone, within: 1 hour }') => `
plan: ${name}
title: A phase behind a gate
hosts: [server]
stack: ${name}
phases:
  - phase: before
    steps:
      - step: prepared
        kind: command
        script: touch /srv/${name}-prepared
        undo: rm -f /srv/${name}-prepared
        verify: test -e /srv/${name}-prepared
  - phase: after
    gate: ${gate}
    steps:
      - step: opened
        kind: command
        script: touch /srv/${name}-opened
        undo: rm -f /srv/${name}-opened
        verify: test -e /srv/${name}-opened
`

const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0

async function failing(name: string) {
  const run = await stage.start(await stage.plan(name, FAILING(name)), { id: name })
  return { run, decision: await openDecision(run) }
}

async function gated(name: string, gate?: string) {
  const run = await stage.start(await stage.plan(name, GATED(name, gate)), { id: name })
  return { run, decision: await openDecision(run) }
}

describe('a step that failed in its third attempt', () => {
  itInDepth('asks, with its output; continues from there after retry', async () => {
    const { run, decision } = await failing('retried')
    expect(decision.title).toBe('step "second" failed on server')
    expect((await stage.testHost.exec('cat /var/tmp/retried-tries')).stdout).toBe('tried\ntried\ntried\n')
    expect(await exists('/srv/retried-third')).toBe(false)
    await stage.testHost.exec('touch /var/tmp/retried-help')
    await decide(run, decision, 'retry')
    expect(await run.result()).toMatchObject({ state: 'done', steps: 3 })
    expect(await exists('/srv/retried-third')).toBe(true)
  })

  itInDepth('is passed over after skip', async () => {
    const { run, decision } = await failing('skipped')
    await decide(run, decision, 'skip')
    expect((await failureOf(run)).type).toBe('DoneNotProven')
    expect(await exists('/srv/skipped-third')).toBe(true)
  })

  it('is followed by a rollback after rollback, which names its leftovers', async () => {
    const { run, decision } = await failing('rolled-back')
    expect(await exists('/srv/rolled-back-first')).toBe(true)
    await decide(run, decision, 'rollback')
    const { type, message } = await failureOf(run)
    expect(type).toBe('RolledBack')
    expect(message).toContain('it only writes down that it was tried')
    expect(await exists('/srv/rolled-back-first')).toBe(false)
  })

  itInDepth('ends the run and keeps everything after stop; the run can be rolled back later', async () => {
    const { run, decision } = await failing('stopped')
    await decide(run, decision, 'stop')
    const { type, message } = await failureOf(run)
    expect(type).toBe('Stopped')
    expect(message).toContain('reinstate rollback stopped')
    expect(await exists('/srv/stopped-first')).toBe(true)
    const { exitCode } = await stage.cli('rollback', 'stopped', '--reason', 'no longer wanted')
    expect(exitCode).toBe(0)
    expect(await exists('/srv/stopped-first')).toBe(false)
  })
})

describe('a gate', () => {
  itInDepth('opens by an update with the current digest', async () => {
    const { run, decision } = await gated('by-update')
    expect(await exists('/srv/by-update-opened')).toBe(false)
    await decide(run, decision, 'approve')
    await run.result()
    expect(await exists('/srv/by-update-opened')).toBe(true)
  })

  itInDepth('opens once by a signal that is sent several times', async () => {
    const { run, decision } = await gated('by-signal')
    const answer = { decision: decision.decision, choice: 'approve', by: 'tester', digest: decision.digest }
    for (let time = 0; time < 10; time++) await run.signal('decide', answer).catch(() => undefined)
    await run.result()
    const { answers } = await statusOf(run)
    expect(answers.filter(({ taken }) => taken)).toHaveLength(1)
    expect((await stage.testHost.exec('ls /srv/by-signal-opened')).exitCode).toBe(0)
  })

  itInDepth('rolls back what was done when it is rejected', async () => {
    const { run, decision } = await gated('rejected')
    expect(await exists('/srv/rejected-prepared')).toBe(true)
    await decide(run, decision, 'reject')
    expect((await failureOf(run)).message).toContain('answered reject at the gate before after')
    expect(await exists('/srv/rejected-prepared')).toBe(false)
    expect(await exists('/srv/rejected-opened')).toBe(false)
  })

  it('expires › does what the plan says', async () => {
    const { run } = await gated('expired', '{ approvers: anyone, within: 2 seconds, otherwise: reject }')
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect(await exists('/srv/expired-prepared')).toBe(false)
    expect((await statusOf(run)).answers).toMatchObject([{ via: 'timeout', taken: true }])
  })

  itInDepth('expires without a choice in the plan › asks again, after a minute at the earliest', async () => {
    const { run } = await gated('asked-again', '{ approvers: anyone, within: 1 second }')
    await expect
      .poll(async () => (await statusOf(run)).decisions[0]?.timesAsked, { timeout: 90_000 })
      .toBeGreaterThan(1)
    await decide(run, await openDecision(run), 'approve')
    await run.result()
  })

  it('refuses an approval with another digest or by a stranger, and a malformed answer; shows what it ignored', async () => {
    const { run, decision } = await gated('guarded', '{ within: 1 hour, approvers: [tester] }')
    const answer = { decision: decision.decision, choice: 'approve', by: 'tester', digest: 'another' }
    await expect(run.executeUpdate('decide', { args: [answer] })).rejects.toThrow()
    await expect(
      run.executeUpdate('decide', { args: [{ ...answer, digest: decision.digest, by: 'stranger' }] }),
    ).rejects.toThrow()
    await run.signal('decide', answer)
    await run.signal('decide')
    await run.signal('approve-everything', true)
    await expect.poll(async () => (await statusOf(run)).answers.length, { timeout: 10_000 }).toBe(3)
    expect((await statusOf(run)).answers.every(({ taken }) => !taken)).toBe(true)
    expect((await statusOf(run)).state).toBe('waiting-for-decision')
    await decide(run, decision, 'stop')
    expect((await failureOf(run)).type).toBe('Stopped')
    expect(await exists('/srv/guarded-opened')).toBe(false)
  })
})

describe('two runs on one stack', () => {
  it('wait for each other, and the second names the first', async () => {
    const path = await stage.plan('one-stack', GATED('one-stack'))
    const first = await stage.start(path, { id: 'first-in' })
    const decision = await openDecision(first)
    const second = await stage.start(path, { id: 'second-in' })
    const { detail } = await until(second, 'waiting-for-lock')
    expect(detail).toMatch(/^for first-in, which holds one-stack on server/)
    await decide(first, decision, 'reject')
    await failureOf(first)
    await decide(second, await openDecision(second), 'approve')
    await second.result()
  })

  itInDepth('take the lock of a terminated run once all its workflows are closed', async () => {
    const path = await stage.plan('ended', GATED('ended'))
    const first = await stage.start(path, { id: 'terminated' })
    await openDecision(first)
    await first.terminate('somebody pressed the wrong button')
    const second = await stage.start(path, { id: 'after-it' })
    await decide(second, await openDecision(second), 'approve')
    await second.result()
  })
})
