import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockId, TASK_QUEUE } from '../../src/workflows/messages.ts'
import { openSkippingStage, stepThatTouches } from '../../testbed/skipping-stage.ts'
import type { SkippingStage } from '../../testbed/skipping-stage.ts'
import { decide, openDecision, statusOf, until } from '../../testbed/watch-run.ts'
import { runDetails, unlockedLines } from '../../src/workflows/details.ts'

// The real workflows without hosts: test/e2e/unlocked.test.ts has hosts. No test awaits a result: the server would skip time meanwhile.

let stage: SkippingStage
beforeEach(async () => {
  stage = await openSkippingStage()
  // Locks are given back in seconds.
  stage.script.watchedEvery = '1 second'
})
afterEach(() => stage.close())

const PLAN = (gate: string) => `
plan: shop
title: A shop
hosts: [server]
stack: shop
defaults: { host: server }
phases:
  - phase: before
    steps:
      - ${stepThatTouches('prepared')}
  - phase: after
    gate: ${gate}
    steps:
      - ${stepThatTouches('opened')}
  - phase: last
    steps:
      - ${stepThatTouches('closed')}
`
const UNLOCKED = PLAN('{ approvers: anyone, within: 30 days, unlocked: true }')
const LOCKED = PLAN('{ approvers: anyone, within: 30 days }')

const names = (about: string) =>
  stage.asked.filter(({ what }) => what.startsWith(about)).map(({ what }) => what)
const LOCK = lockId({ host: 'server', stack: 'shop' })
const isLocked = async () =>
  (await stage.client.workflow.getHandle(LOCK).describe()).status.name === 'RUNNING'
/** Another run of the stack, which stops at a gate that keeps its lock. */
const another = async (id: string) => {
  const run = await stage.start('shop', LOCKED, { id })
  return { run, gate: await openDecision(run) }
}
/** A run whose second phase would be refused, until `ready`. Before the first change nothing is. */
const refusedAtGate = async () => {
  stage.script.run = () => {
    stage.script.refused = { opened: 'a port is taken' }
  }
  return await stage.start('shop', UNLOCKED)
}
const ready = () => {
  stage.script.run = () => undefined
  stage.script.refused = {}
}
/** Waits for the question of a rollback that waits for a lock. */
const lockQuestion = async (run: Awaited<ReturnType<SkippingStage['start']>>) => {
  await expect.poll(async () => (await statusOf(run)).decisions[0]?.kind, { timeout: 60_000 }).toBe('lock')
  return await openDecision(run)
}
/** Waits for the question that a gate asks anew. */
const askedAnew = async (run: Awaited<ReturnType<SkippingStage['start']>>, since: string) => {
  await expect
    .poll(async () => (await statusOf(run)).decisions[0]?.since ?? since, { timeout: 60_000 })
    .not.toBe(since)
  return await openDecision(run)
}

describe('an unlocked gate', () => {
  it('gives the lock back while it waits, says so, and takes it again after the approval', async () => {
    const run = await stage.start('shop', UNLOCKED)
    const gate = await openDecision(run)
    expect(gate.unlockedSince).toBeDefined()
    expect(await isLocked()).toBe(false)
    expect(names('release')).toEqual(['release shop on server for shop'])
    await decide(run, gate, 'approve')
    await until(run, 'done')
    expect(names('run')).toEqual(['run prepared', 'run opened', 'run closed'])
    expect(names('take')).toEqual(Array(2).fill('take shop on server for shop'))
  })

  it('another run came between and ended › opens anew, and names that run', async () => {
    const run = await stage.start('shop', UNLOCKED)
    const gate = await openDecision(run)
    const { run: other, gate: othersGate } = await another('other')
    await decide(other, othersGate, 'approve')
    await until(other, 'done')
    stage.script.state = 'changed by the other run'
    await decide(run, gate, 'approve')
    const anew = await askedAnew(run, gate.since)
    expect(anew.happened).toContain(
      'what was shown is out of date. Run other of plan other worked on the stack',
    )
    expect(anew.shows.join('\n')).toContain('changed by the other run')
    expect(await isLocked()).toBe(false)
    expect(names('run opened')).toEqual(['run opened'])
    await decide(run, anew, 'approve')
    await until(run, 'done')
  })

  it('approved while another run holds the lock › waits for it, names it, and begins nothing', async () => {
    const run = await stage.start('shop', UNLOCKED)
    const gate = await openDecision(run)
    const { run: other, gate: othersGate } = await another('other')
    await decide(run, gate, 'approve')
    const { detail } = await until(run, 'waiting-for-lock')
    expect(detail).toMatch(/^for other, which holds shop on server/)
    expect(names('run opened')).toEqual([])
    await decide(other, othersGate, 'stop')
    const anew = await askedAnew(run, gate.since)
    await decide(run, anew, 'approve')
    await until(run, 'done')
  })

  it.each(['reject', 'cancel'] as const)(
    '%s while another run holds the lock › the rollback waits for it, and says so',
    async (how) => {
      const run = await stage.start('shop', UNLOCKED)
      const gate = await openDecision(run)
      const { run: other, gate: othersGate } = await another('other')
      await (how === 'cancel' ? run.cancel() : decide(run, gate, how))
      const asked = await lockQuestion(run)
      expect(asked).toMatchObject({ lockedBy: 'other', kind: 'lock' })
      const page = runDetails(await statusOf(run))
      expect(page).toMatch(/^## Decide: the rollback waits for other, which holds shop on server$/m)
      expect(page).toContain('reinstate status other')
      expect(names('undo')).toEqual([])
      await decide(other, othersGate, 'stop')
      await until(run, 'rolled-back')
      expect(names('undo')).toEqual(['undo prepared'])
      expect((await statusOf(run)).decisions).toEqual([])
    },
  )

  it.each(['reject', 'cancel'] as const)(
    '%s while another run holds the lock, then stop › ends, undoes nothing, and can be rolled back later',
    async (how) => {
      const run = await stage.start('shop', UNLOCKED)
      const gate = await openDecision(run)
      const { run: other, gate: othersGate } = await another('other')
      await (how === 'cancel' ? run.cancel() : decide(run, gate, how))
      await decide(run, await lockQuestion(run), 'stop')
      const { detail } = await until(run, 'stopped')
      expect(detail).toMatch(/people ended the wait of its rollback for a lock$/)
      expect(names('undo')).toEqual([])

      const start = { taskQueue: TASK_QUEUE, workflowId: 'shop/rollback', args: [{ run: 'shop' }] }
      const rollback = await stage.client.workflow.start('rollbackRun', start)
      expect(await lockQuestion(rollback)).toMatchObject({ lockedBy: 'other' })
      await decide(other, othersGate, 'stop')
      await until(rollback, 'rolled-back')
      expect(names('undo')).toEqual(['undo prepared'])
    },
  )

  it('refuses what is found, then retry › asks again, still without the lock; the approval takes it', async () => {
    const run = await refusedAtGate()
    const refused = await openDecision(run)
    expect(refused.choices.map(({ choice }) => choice)).toEqual(['retry', 'reject', 'stop'])
    ready()
    await decide(run, refused, 'retry')
    const gate = await askedAnew(run, refused.since)
    expect(gate.unlockedSince).toBe(refused.unlockedSince)
    expect(await isLocked()).toBe(false)
    expect(names('take')).toHaveLength(1)
    await decide(run, gate, 'approve')
    await until(run, 'done')
    expect(names('take')).toHaveLength(2)
  })

  it('refuses what is found, and another run comes before the retry › the approval opens it anew', async () => {
    const run = await refusedAtGate()
    const refused = await openDecision(run)
    ready()
    const { run: other, gate: othersGate } = await another('other')
    await decide(other, othersGate, 'approve')
    await until(other, 'done')
    await decide(run, refused, 'retry')
    const gate = await askedAnew(run, refused.since)
    await decide(run, gate, 'approve')
    expect((await askedAnew(run, gate.since)).happened).toContain(
      'Run other of plan other worked on the stack',
    )
    expect(names('run opened')).toEqual(['run opened'])
  })

  it('changes after each approval, then retry › asks again without the lock', async () => {
    const run = await stage.start('shop', UNLOCKED)
    let gate = await openDecision(run)
    for (const state of ['one', 'two', 'three']) {
      stage.script.state = state
      await decide(run, gate, 'approve')
      gate = await askedAnew(run, gate.since)
    }
    expect(gate).toMatchObject({ decision: 'unsettled/after' })
    expect(gate.unlockedSince).toBeDefined()
    expect(await isLocked()).toBe(false)
    await decide(run, gate, 'retry')
    gate = await askedAnew(run, gate.since)
    expect(gate).toMatchObject({ decision: 'gate/after' })
    expect(await isLocked()).toBe(false)
    await decide(run, gate, 'approve')
    await until(run, 'done')
  })

  it('cancelled where approvers decide › says that no lock is held, and takes it before it undoes anything', async () => {
    const run = await stage.start('shop', PLAN('{ approvers: [tester], within: 30 days, unlocked: true }'))
    const gate = await openDecision(run)
    await run.cancel()
    await expect
      .poll(async () => (await statusOf(run)).decisions[0]?.kind, { timeout: 60_000 })
      .toBe('cancelled')
    const asks = await openDecision(run)
    expect(asks.unlockedSince).toBe(gate.unlockedSince)
    expect(unlockedLines(asks).join('\n')).toMatch(
      /^No lock is held while the run waits.*Before it changes or undoes anything, the run takes the locks again/,
    )
    await decide(run, asks, 'rollback')
    await until(run, 'rolled-back')
    expect(names('take')).toHaveLength(2)
  })

  it('stopped while another run holds the lock › ends at once', async () => {
    const run = await stage.start('shop', UNLOCKED)
    const gate = await openDecision(run)
    const { run: other, gate: othersGate } = await another('other')
    await decide(run, gate, 'stop')
    await until(run, 'stopped')
    expect(await isLocked()).toBe(true)
    await decide(other, othersGate, 'stop')
  })
})
