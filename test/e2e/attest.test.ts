import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorkflowHandle } from '@temporalio/client'
import type { PhaseStatus, StepStatus } from '../../src/workflows/status.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision, statusOf } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { itInDepth } from '../depth.ts'

// The logic of waits and words, with days that pass, is in test/workflows/attest.test.ts; here it meets a host.

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** Something is done on the test host, then time passes, then somebody says that it is well. */
const PLAN = (name: string, { wait = '2 seconds', attest = '', beside = '' } = {}) => `
plan: ${name}
title: Steps of a person and of the clock
hosts: [server]
stack: ${name}
defaults: { host: server }
phases:
  - phase: work
    steps:
      - step: made
        kind: command
        script: touch /srv/${name}
        undo: rm -f /srv/${name}
        verify: test -e /srv/${name}
      - step: soaked
        kind: wait
        for: ${wait}
      - step: said
        kind: attest
        statement: the shop works for its people
        by: [tester]
        ${attest}
${beside}`

const begin = async (name: string, how?: Parameters<typeof PLAN>[1]) =>
  await stage.start(await stage.plan(name, PLAN(name, how)), { id: name })
const stepOf = async (run: WorkflowHandle, step: string, phase = 'work'): Promise<StepStatus | undefined> => {
  const handle = stage.client.workflow.getHandle(`${run.workflowId}/${phase}`)
  const { steps } = await handle.query<PhaseStatus>('status')
  return steps.find((one) => one.step === step)
}
const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0

describe('a step of the clock and a step of a person', () => {
  it('wait, ask those who may say it, and go into the evidence as said by them', async () => {
    const run = await begin('said')
    const decision = await openDecision(run)
    expect(decision).toMatchObject({ decision: 'attest/said~1', kind: 'attest', approvers: ['tester'] })
    const answer = { decision: decision.decision, choice: 'approve', by: 'stranger' }
    await expect(run.executeUpdate('decide', { args: [answer] })).rejects.toThrow()
    expect(await stepOf(run, 'soaked')).toMatchObject({
      state: 'done',
      evidence: { strength: 'observed', facts: { seconds: 2 } },
    })
    await decide(run, decision, 'approve')
    expect(await run.result()).toMatchObject({ state: 'done', steps: 3 })
    const { evidence } = (await stepOf(run, 'said')) ?? {}
    expect(evidence).toMatchObject({ strength: 'stated', facts: { by: 'tester' } })
    expect(evidence?.summary).toContain('the shop works for its people')
  })

  itInDepth(
    'fail where it is not so; the usual question is asked, and a retry asks the person again',
    async () => {
      const run = await begin('not-so')
      await decide(run, await openDecision(run), 'reject')
      await expect.poll(async () => (await openDecision(run)).kind, { timeout: 30_000 }).toBe('failed-step')
      const failed = await openDecision(run)
      expect(failed.title).toBe('step said failed')
      expect(failed.shows.join('\n')).toContain('tester says that it is not so')
      await decide(run, failed, 'retry')
      await expect
        .poll(async () => (await openDecision(run)).decision, { timeout: 30_000 })
        .toBe('attest/said~2')
      await decide(run, await openDecision(run), 'approve')
      expect(await run.result()).toMatchObject({ state: 'done', steps: 3 })
    },
  )

  itInDepth('live through a killed worker', async () => {
    const run = await begin('worker-killed', { wait: '6 seconds' })
    await expect.poll(async () => (await stepOf(run, 'soaked'))?.state, { timeout: 30_000 }).toBe('running')
    await stage.worker.kill('SIGKILL')
    await stage.worker.start()
    const decision = await openDecision(run)
    await stage.worker.kill('SIGKILL')
    await stage.worker.start()
    await decide(run, decision, 'approve')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  itInDepth('live through a reset of the run: the word reaches the phase that asked for it', async () => {
    const run = await begin('reset')
    await openDecision(run)
    const reset = await resetToItsStart(run)
    const decision = await openDecision(reset, 150)
    expect(decision.decision).toBe('attest/said~1')
    await decide(reset, decision, 'approve')
    expect(await reset.result()).toMatchObject({ state: 'done', steps: 3 })
  })

  itInDepth('are taken back when the run is cancelled', async () => {
    const run = await begin('cancelled')
    await openDecision(run)
    await run.cancel()
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect((await statusOf(run)).decisions).toEqual([])
    expect(await exists('/srv/cancelled')).toBe(false)
  })

  itInDepth('are taken back when a step beside them fails, and asked again after it', async () => {
    const beside = `
      - step: beside
        kind: command
        needs: [made]
        script: until test -e /srv/beside-go; do sleep 0.2; done; test -e /srv/beside-help
        cannotUndo: it only looks
        noProof: its exit code is all there is
`
    const run = await begin('beside', { beside })
    expect((await openDecision(run)).kind).toBe('attest')
    await stage.testHost.exec('touch /srv/beside-go')
    await expect.poll(async () => (await openDecision(run)).kind, { timeout: 30_000 }).toBe('failed-step')
    const failed = await openDecision(run)
    expect(failed.decision).toBe('failed/beside~1')
    await stage.testHost.exec('touch /srv/beside-help')
    await decide(run, failed, 'retry')
    await expect.poll(async () => (await openDecision(run)).kind, { timeout: 30_000 }).toBe('attest')
    await decide(run, await openDecision(run), 'approve')
    expect(await run.result()).toMatchObject({ state: 'done', steps: 4 })
  })
})

describe('a statement about a file', () => {
  it('shows its sum, which the word has to name, and holds for that file only', async () => {
    await stage.testHost.exec('echo one > /srv/list')
    const run = await begin('about', { attest: 'artefact: /srv/list' })
    const decision = await openDecision(run)
    const sum = (await stage.testHost.must('sha256sum < /srv/list')).slice(0, 64)
    expect(decision.digest).toBe(sum.slice(0, 10))
    expect(decision.shows.join('\n')).toContain(sum)
    await stage.testHost.exec('echo two > /srv/list')
    await decide(run, decision, 'approve')
    await expect.poll(async () => (await openDecision(run)).kind, { timeout: 30_000 }).toBe('failed-step')
    const failed = await openDecision(run)
    expect(failed.shows.join('\n')).toContain('another file')
    await decide(run, failed, 'retry')
    await expect.poll(async () => (await openDecision(run)).kind, { timeout: 30_000 }).toBe('attest')
    await decide(run, await openDecision(run), 'approve')
    await run.result()
    expect((await stepOf(run, 'said', 'work~2'))?.evidence?.facts).toMatchObject({
      sha256: (await stage.testHost.must('sha256sum < /srv/list')).slice(0, 64),
    })
  })
})

describe('a preview', () => {
  it('says what the run will wait for, and asks nobody', async () => {
    const { stdout, exitCode } = await stage.cli('preview', await stage.plan('shown', PLAN('shown')))
    expect(exitCode).toBe(0)
    expect(stdout).toContain('waits for an attestation by tester')
    expect(stdout).toContain('wait 2 seconds')
  })
})

/** As the UI's Reset does it: anew from the first workflow task; the phases that were started go on. */
async function resetToItsStart(run: WorkflowHandle): Promise<WorkflowHandle> {
  const { namespace } = stage.client.options
  const { runId } = (await run.describe()) as { readonly runId: string }
  const { events } = await run.fetchHistory()
  const first = events?.find(({ workflowTaskCompletedEventAttributes: done }) => done)
  const { runId: anew } = await stage.client.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId: run.workflowId, runId },
    workflowTaskFinishEventId: first?.eventId ?? null,
    reason: 'a test',
    requestId: `${run.workflowId}-anew`,
  })
  const reset = stage.client.workflow.getHandle(run.workflowId, anew)
  return reset
}
