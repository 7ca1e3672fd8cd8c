import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { openDecision, until } from '../../testbed/watch-run.ts'
import { itInDepth } from '../depth.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const plan = (name: string, undo: string) => `
plan: ${name}
title: A step, then a gate
hosts: [server]
phases:
  - phase: before
    steps:
      - { step: first, kind: command, script: touch /srv/${name}, undo: "${undo}", verify: test -e /srv/${name} }
  - phase: after
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - { step: second, kind: command, script: "touch /srv/${name}-2", undo: "rm -f /srv/${name}-2", verify: "test -e /srv/${name}-2" }
`

const start = async (name: string, undo = `rm -f /srv/${name}`) => {
  const run = await stage.start(await stage.plan(name, plan(name, undo)), { id: name })
  await openDecision(run)
  return run
}
const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0
const listed = async (run: string) =>
  (await stage.cli('status')).stdout.split('\n').filter((line) => line.split(/[ /]/)[0] === run)

describe('a run that was terminated at a gate', () => {
  it('says when, by whom and why; takes no answer and no cancel; is rolled back on request', async () => {
    const run = await start('ended')
    await run.terminate('looked stuck')
    for (const words of [
      ['status', 'ended'],
      ['show', 'ended'],
      ['report', 'ended'],
    ]) {
      const { stdout } = await stage.cli(...words)
      expect(stdout).toMatch(/TERMINATED at 2\S+ [\d:]+( UTC)? by .*\(\\?"looked stuck\\?"\)/)
      expect(stdout).toContain('Answers have no effect any more')
      expect(stdout).toContain('reinstate rollback ended')
      expect(stdout).not.toMatch(/^## Waits for a decision|^ {2}waits for a decision|^decide:/m)
    }
    const logs = (await stage.cli('logs', 'ended')).stdout.split('\n')
    expect(logs.find((line) => line.includes('was TERMINATED by'))).toContain('("looked stuck")')
    expect(logs.at(-1)).toContain('ended is terminated:')
    expect(await listed('ended')).toEqual([expect.stringMatching(/^ended +terminated /)])

    const cancelled = await stage.cli('cancel', 'ended')
    expect(cancelled).toMatchObject({ exitCode: 2 })
    expect(cancelled.stderr).toContain('ended has ended, so there is nothing to cancel; it is terminated')
    expect(cancelled.stderr).toContain('next: reinstate rollback ended')
    expect(await stage.cli('approve', 'ended', '--digest', '0')).toMatchObject({ exitCode: 2 })

    const undone = await stage.cli('rollback', 'ended')
    expect(undone.exitCode).toBe(0)
    expect(await exists('/srv/ended')).toBe(false)
    expect(await listed('ended')).toEqual([expect.stringMatching(/^ended +rolled-back /)])
    for (const words of [
      ['status', 'ended'],
      ['show', 'ended'],
    ]) {
      const after = await stage.cli(...words)
      expect(after).toMatchObject({ exitCode: 1 })
      expect(after.stdout).not.toContain('reinstate rollback ended')
    }
  })
})

describe('a run under the id of an earlier one that was rolled back', () => {
  it('is rolled back itself: what the earlier rollback undid is no part of it', async () => {
    for (const rollback of ['reused/rollback', 'reused/rollback~2']) {
      await (await start('reused')).terminate()
      expect(await exists('/srv/reused')).toBe(true)
      const undone = await stage.cli('rollback', 'reused')
      expect(undone.stdout).toContain(`rollback ${rollback}: rolled-back`)
      expect(undone.exitCode).toBe(0)
      expect(await exists('/srv/reused')).toBe(false)
    }
  })
})

describe('a rollback that was terminated', () => {
  it('is told so everywhere, and is taken up again', async () => {
    const run = await start('twice', 'until test -e /srv/go; do sleep 0.2; done; rm -f /srv/twice')
    await run.terminate()
    expect(await stage.cli('rollback', 'twice', '--detach')).toMatchObject({ exitCode: 0 })
    const rollback = stage.client.workflow.getHandle('twice/rollback')
    await until(rollback, 'rolling-back')
    expect(await listed('twice')).toEqual([expect.stringMatching(/^twice +rolling-back /)])
    await rollback.terminate('wrong button')
    expect(await listed('twice')).toEqual([expect.stringMatching(/^twice +rollback-incomplete /)])
    const { stdout, exitCode } = await stage.cli('status', 'twice')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /twice rollback-incomplete in .*: the rollback was TERMINATED at .*\("wrong button"\)/,
    )
    expect(stdout).toContain('reinstate rollback twice')

    await stage.testHost.exec('touch /srv/go')
    const again = await stage.cli('rollback', 'twice')
    expect(again.stdout).toContain('rollback twice/rollback~2: rolled-back')
    expect(again.exitCode).toBe(0)
    expect(await exists('/srv/twice')).toBe(false)
    expect(await listed('twice')).toEqual([expect.stringMatching(/^twice +rolled-back /)])
  })
})

describe('a run whose worker does not answer', () => {
  itInDepth('says that its workflow task fails, and why, where a worker is up', async () => {
    await stage.client.workflow.start('runPlanOfAnotherVersion', {
      ...{ workflowId: 'failing-task', taskQueue: TASK_QUEUE, args: [] },
    })
    await expect
      .poll(async () => (await stage.cli('status', 'failing-task')).stdout, { timeout: 60_000 })
      .toMatch(
        /a worker is up, but its workflow task fails \(failing-task, attempt \d+\): .*runPlanOfAnotherVersion/,
      )
    await stage.client.workflow.getHandle('failing-task').terminate()
  })

  itInDepth('shows its question and the commands to type without a worker', async () => {
    const run = await start('alone')
    const { digest } = await openDecision(run)
    await stage.worker.kill('SIGKILL')
    for (const command of ['status', 'show']) {
      const { stdout, exitCode } = await stage.cli(command, 'alone')
      expect(stdout).toMatch(/^worker {3}no worker serves the task queue/m)
      expect(stdout).toContain('What happened')
      expect(stdout).toContain(`reinstate decide alone gate/after approve --digest ${digest}`)
      expect(exitCode).toBe(3)
    }
    await stage.worker.start()
    await run.terminate()
  })
})
