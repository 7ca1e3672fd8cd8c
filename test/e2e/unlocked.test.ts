import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeName } from '../../src/host/receipts.ts'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, openDecision, statusOf, until } from '../../testbed/watch-run.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const FILE = '/srv/shop.conf'

/** A change of weeks, and a fix that somebody needs meanwhile. */
const WEEKS = `
plan: weeks
title: A change that takes weeks
hosts: [server]
stack: shop
phases:
  - phase: before
    steps:
      - { step: prepared, kind: command, script: touch /srv/prepared, undo: rm -f /srv/prepared, verify: test -e /srv/prepared }
  - phase: switch
    gate: { approvers: [dana, erik], within: 30 days, unlocked: true }
    steps:
      - { step: configured, kind: file-write, path: ${FILE}, from: shop.conf, mode: "0644" }
`
const FIX = `
plan: fix
title: A fix that cannot wait
hosts: [server]
stack: shop
phases:
  - phase: fix
    gate: { approvers: anyone }
    steps:
      - { step: fixed, kind: file-write, path: ${FILE}, from: shop.conf, mode: "0644" }
`

/** Its undo lasts until somebody lets it end. */
const SLOW = `
plan: slow
title: A change whose undo takes a while
hosts: [server]
stack: shop
phases:
  - phase: before
    steps:
      - step: prepared
        kind: command
        script: touch /srv/slow
        undo: touch /srv/undoing; timeout 120 sh -c 'until test -e /srv/may-end; do sleep 0.2; done'; rm -f /srv/slow
        verify: test -e /srv/slow
  - phase: after
    gate: { approvers: anyone }
    steps:
      - { step: configured, kind: file-write, path: ${FILE}, from: shop.conf, mode: "0644" }
`

const start = async (plan: string, yaml: string, file: string) =>
  await stage.start(await stage.plan(plan, yaml, { 'shop.conf': `${file}\n` }), { id: plan })
const said = async (...words: readonly string[]) => (await stage.cli(...words)).stdout
const content = async () => await stage.testHost.must(`cat ${FILE}`)
const locks = async () =>
  (await stage.testHost.must('ls /var/lib/reinstate/locks')).split('\n').filter(Boolean)

describe('an unlocked gate on a host', () => {
  it('another run comes between › the gate asks anew with what changed and by which run; then done, then rolled back', async () => {
    await stage.testHost.must(`echo as ever > ${FILE}`)
    const run = await start('weeks', WEEKS, 'of the change')
    const gate = await openDecision(run)
    expect(await locks()).toEqual([])

    const status = await said('status', 'weeks')
    expect(status).toMatch(/gate\/switch, has waited .*; no deadline, it asks again at \d{4}-\d\d-\d\d/)
    expect(status).toContain('approvers of approve, reject, stop: dana, erik')
    expect(status).toMatch(/No lock is held while this gate waits, since 20\d\d-\d\d-\d\d \d\d:\d\d UTC/)
    expect(await said('status')).toMatch(/weeks +waiting-for-decision \(no lock held\)/)
    expect(await said('unlock', 'server')).toContain('server has no lock')

    // Nothing changes by a restart of what carries it out.
    await stage.worker.kill('SIGKILL')
    await stage.server.kill()
    await stage.server.start()
    await stage.worker.start()
    expect(await openDecision(run, 120)).toMatchObject({
      since: gate.since,
      digest: gate.digest,
      timesAsked: 1,
    })
    expect(await locks()).toEqual([])

    const fix = await start('fix', FIX, 'of the fix')
    const fixGate = await openDecision(fix)
    expect(await locks()).toEqual(['lshop'])
    await decide(run, gate, 'approve', 'dana')
    const { detail } = await until(run, 'waiting-for-lock')
    expect(detail).toMatch(/^for fix, which holds shop on server/)
    await decide(fix, fixGate, 'approve')
    await until(fix, 'done')

    await expect
      .poll(async () => (await statusOf(run)).decisions[0]?.since ?? gate.since, { timeout: 60_000 })
      .not.toBe(gate.since)
    const anew = await openDecision(run)
    const shown = anew.shows.join('\n')
    expect(anew.happened).toContain('Run fix of plan fix worked on the stack from')
    expect(shown).toContain('run fix of plan fix worked on the stack from')
    expect(shown).toMatch(/switch\/configured: was ".*", is now "/)
    expect(await content()).toBe('of the fix')
    expect(await locks()).toEqual([])

    await decide(run, anew, 'approve', 'dana')
    await until(run, 'done')
    expect(await content()).toBe('of the change')
    const args = [{ run: 'weeks', by: 'starter' }]
    const workflow = { taskQueue: TASK_QUEUE, workflowId: 'weeks/rollback', args }
    const rollback = await stage.client.workflow.start('rollbackRun', workflow)
    await decide(rollback, await openDecision(rollback), 'approve', 'dana')
    expect(await rollback.result()).toMatchObject({ undone: ['configured', 'prepared'] })
    expect(await content()).toBe('of the fix')
    expect((await stage.testHost.exec('test -e /srv/prepared')).exitCode).not.toBe(0)
  })

  it('a run that is reset to before its first phase › takes its lock again, and gives it back at the gate', async () => {
    const run = await start('reset', WEEKS.replace('plan: weeks', 'plan: reset'), 'of the change')
    await openDecision(run)
    const { runId } = await run.describe()
    const { events = [] } = await run.fetchHistory()
    // Before the first phase, the run asks who holds its lock.
    const asks = events?.findIndex(
      ({ activityTaskScheduledEventAttributes: asked }) => asked?.activityType?.name === 'lockHolder',
    )
    const before = events
      ?.slice(0, asks)
      .findLast(({ workflowTaskCompletedEventAttributes: completed }) => completed)
    if (!before?.eventId) throw new Error('the run has not asked who holds its lock')
    const { runId: anew } = await stage.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: 'reset', runId },
      reason: 'a test of reset',
      requestId: 'reset-once',
      workflowTaskFinishEventId: before.eventId,
    })
    const reset = stage.client.workflow.getHandle('reset', anew)
    const gate = await openDecision(reset)
    expect(await locks()).toEqual([])
    const taken = (await reset.fetchHistory()).events?.filter(
      ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) =>
        child?.workflowId === 'lock/server/shop',
    )
    expect(taken).toHaveLength(2)
    await decide(reset, gate, 'approve', 'dana')
    await until(reset, 'done')
    expect(await content()).toBe('of the change')
  })

  it('a rollback begins while the lock of its run is still being released › takes it anew before it undoes anything', async () => {
    const run = await start('slow', SLOW, 'not used')
    const gate = await openDecision(run)
    await stage.testHost.stopSshd()
    await decide(run, gate, 'stop')
    await until(run, 'stopped')
    const lock = () => stage.client.workflow.getHandle('lock/server/shop').describe()
    const release = async () =>
      (await lock()).raw.pendingActivities?.some((one) => one.activityType?.name === 'releaseHostLock')
    await expect.poll(release, { timeout: 60_000 }).toBe(true)
    const workflow = { taskQueue: TASK_QUEUE, workflowId: 'slow/rollback', args: [{ run: 'slow' }] }
    const rollback = await stage.client.workflow.start('rollbackRun', workflow)
    await expect
      .poll(async () => (await rollback.describe()).raw.pendingActivities?.[0]?.activityType?.name, {
        timeout: 60_000,
      })
      .toMatch(/lockHolder|takeHostLock/)
    await stage.testHost.startSshd()
    await stage.testHost.must('timeout 150 sh -c "until test -e /srv/undoing; do sleep 0.2; done"')
    // By then a release that had begun earlier is done.
    await expect.poll(release, { timeout: 90_000 }).toBeFalsy()
    expect((await lock()).status.name).toBe('RUNNING')
    expect(await locks()).toEqual(['lshop'])
    await stage.testHost.must('touch /srv/may-end')
    expect(await rollback.result()).toMatchObject({ undone: ['prepared'] })
    await expect.poll(locks, { timeout: 60_000 }).toEqual([])
  })

  it('its lock stayed on the host, which did not answer › unlock says so, and another run takes it over', async () => {
    const run = await start('left', WEEKS.replace('plan: weeks', 'plan: left'), 'of the change')
    const gate = await openDecision(run)
    const { clusterId } = await stage.client.workflowService.getClusterInfo({})
    const { runId } = await run.describe()
    const holder = encodeName(`${clusterId}/default/${runId} left`)
    await stage.testHost.must(`echo ${holder} > /var/lib/reinstate/locks/lshop`)
    const shown = await said('unlock', 'server')
    expect(shown).toContain('shop on server is held by run left')
    expect(shown).toMatch(/it waits at an unlocked gate and holds no lock since .*: this one is left over/)
    expect(await locks()).toEqual(['lshop'])

    const fix = await start('after-left', FIX.replace('plan: fix', 'plan: after-left'), 'of the fix')
    await decide(fix, await openDecision(fix), 'approve')
    await until(fix, 'done')
    await decide(run, gate, 'stop', 'dana')
    await until(run, 'stopped')
  })
})
