import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { itInDepth } from '../depth.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  await stage.testHost.exec(
    'mkdir -p /backup/big && head -c 400M /dev/urandom > /backup/big/data && echo small > /backup/big/note',
  )
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.testHost.exec('rm -f /var/tmp/ran')
})

/** Writes a line when it starts, works for a while, and leaves its mark at the end. */
const COUNTED = (name: string, seconds: number) => `
plan: ${name}
title: A command that counts how often it ran
hosts: [server]
phases:
  - phase: work
    steps:
      - step: counted
        kind: command
        script: |
          echo ran >> /var/tmp/ran
          for second in $(seq ${seconds}); do echo "second $second"; sleep 1; done
          touch /var/tmp/${name}-done
        undo: rm -f /var/tmp/${name}-done
        verify: test -e /var/tmp/${name}-done
`

const COPY = (name: string) => `
plan: ${name}
title: A copy that is disturbed
hosts: [server]
phases:
  - phase: work
    steps:
      - step: copy
        kind: volume-restore
        from: /backup/big
        volume: ${name}
`

const timesRan = async () =>
  (await stage.testHost.exec('cat /var/tmp/ran 2>/dev/null')).stdout.split('\n').filter(Boolean).length
const appears = async (test: string) => {
  const { exitCode } = await stage.testHost.exec(`timeout 60 sh -c 'until ${test}; do sleep 0.02; done'`)
  if (exitCode !== 0) throw new Error(`it never came to: ${test}`)
}
/** The brackets keep the question itself out of the answer. */
const stillRuns = async () => (await stage.testHost.exec('pgrep -f "_work_[c]ounted_"')).exitCode === 0
const sumsDiffer = async (volume: string) =>
  (await stage.testHost.exec(`diff -r /backup/big "$(docker volume inspect -f '{{.Mountpoint}}' ${volume})"`))
    .stdout

async function start(name: string, yaml: string) {
  return await stage.start(await stage.plan(name, yaml), { id: name })
}

describe('the worker is killed', () => {
  it('during a command: the effect occurs once, and the run succeeds', async () => {
    const run = await start('killed-in-command', COUNTED('killed-in-command', 6))
    await appears('test -s /var/tmp/ran')
    await stage.worker.kill('SIGKILL')
    await stage.worker.start()
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await timesRan()).toBe(1)
  })

  itInDepth('during a copy: the copy continues and is proven', async () => {
    const run = await start('killed-in-copy', COPY('killed-in-copy'))
    await appears('pkill -STOP -x rsync')
    await stage.worker.kill('SIGKILL')
    await stage.worker.start()
    await stage.testHost.exec('pkill -CONT -x rsync')
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await sumsDiffer('killed-in-copy')).toBe('')
  })
})

describe('the connection is cut', () => {
  it('during a command: the command continues on the host, and its output is complete', async () => {
    const run = await start('cut-in-command', COUNTED('cut-in-command', 5))
    await appears('test -s /var/tmp/ran')
    await stage.testHost.exec('pkill -KILL -f "sshd.*(notty|@)" || pkill -KILL sshd-session')
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await timesRan()).toBe(1)
  })

  itInDepth('during a copy, with sshd down for some seconds: the copy is proven', async () => {
    const run = await start('cut-in-copy', COPY('cut-in-copy'))
    await appears('pkill -STOP -x rsync')
    await stage.testHost.stopSshd()
    await stage.testHost.exec('pkill -CONT -x rsync')
    await wait(6000)
    await stage.testHost.startSshd()
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await sumsDiffer('cut-in-copy')).toBe('')
  })
})

describe('the Temporal server is killed', () => {
  it('during a command: the command is not affected, and the run continues when the server is back', async () => {
    const run = await start('server-killed', COUNTED('server-killed', 5))
    await appears('test -s /var/tmp/ran')
    await stage.server.kill()
    await wait(3000)
    await stage.server.start()
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await timesRan()).toBe(1)
    // The lock watched through it, too, and is given back on the host.
    const lock = stage.client.workflow.getHandle('lock/server/server-killed')
    await expect.poll(async () => (await lock.describe()).status.name, { timeout: 30_000 }).toBe('COMPLETED')
    expect((await stage.testHost.exec('ls /var/lib/reinstate/locks')).stdout).not.toContain('server-killed')
  })
})

describe('a run is cancelled', () => {
  it('during a command: the command is stopped on the host, and the run is rolled back', async () => {
    const run = await start('cancelled', COUNTED('cancelled', 60))
    await appears('test -s /var/tmp/ran')
    const { exitCode } = await stage.cli('cancel', 'cancelled')
    expect(exitCode).toBe(0)
    const { type, message } = await failureOf(run)
    expect(type).toBe('RolledBack')
    expect(message).toContain('the run was cancelled')
    expect(await stillRuns()).toBe(false)
    expect((await stage.testHost.exec('test -e /var/tmp/cancelled-done')).exitCode).not.toBe(0)
  })
})

describe('a run is terminated', () => {
  it('undoes nothing by itself; a rollback stops what still runs, and undoes the run', async () => {
    const run = await start('terminated', COUNTED('terminated', 60))
    await appears('test -s /var/tmp/ran')
    await run.terminate('somebody pressed the wrong button')
    await expect.poll(stillRuns, { timeout: 30_000 }).toBe(false)
    await stage.testHost.exec('touch /var/tmp/terminated-done')
    const { stdout, stderr } = await stage.cli('rollback', 'terminated')
    expect(stdout + stderr).toContain('counted')
    expect((await stage.testHost.exec('test -e /var/tmp/terminated-done')).exitCode).not.toBe(0)
  })
})

describe('a workflow id is used twice', () => {
  it('the second run does its own work', async () => {
    const path = await stage.plan('id-twice', COUNTED('id-twice', 0))
    await (await stage.start(path, { id: 'id-twice' })).result()
    await stage.testHost.exec('rm /var/tmp/id-twice-done')
    await (await stage.start(path, { id: 'id-twice' })).result()
    expect(await timesRan()).toBe(2)
    expect((await stage.testHost.exec('test -e /var/tmp/id-twice-done')).exitCode).toBe(0)
  })
})

describe('a run is reset to an earlier event', () => {
  it('reads what was done instead of repeating it', async () => {
    const yaml = `${COUNTED('reset', 0)}
  - phase: after
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - step: opened
        kind: command
        script: touch /var/tmp/reset-opened
        undo: rm -f /var/tmp/reset-opened
        verify: test -e /var/tmp/reset-opened
`
    const run = await start('reset', yaml)
    await openDecision(run)
    const { runId } = await run.describe()
    const { events } = await run.fetchHistory()
    const first = events?.find(({ workflowTaskCompletedEventAttributes: completed }) => completed)?.eventId
    if (!first) throw new Error('the history has no workflow task')
    await stage.client.workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: 'reset', runId },
      reason: 'a test of reset',
      requestId: 'reset-once',
      workflowTaskFinishEventId: first,
    })
    await expect.poll(async () => (await run.describe()).runId, { timeout: 20_000 }).not.toBe(runId)
    const reset = stage.client.workflow.getHandle('reset')
    await decide(reset, await openDecision(reset), 'approve')
    expect(await reset.result()).toMatchObject({ state: 'done' })
    expect(await timesRan()).toBe(1)
    expect((await stage.testHost.exec('test -e /var/tmp/reset-opened')).exitCode).toBe(0)
  })
})
