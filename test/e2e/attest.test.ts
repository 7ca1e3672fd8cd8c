import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorkflowHandle } from '@temporalio/client'
import type { PhaseStatus, StepStatus } from '../../src/workflows/status.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision, statusOf } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { itInDepth } from '../depth.ts'

// The logic of waits and attestations over days is in test/workflows/attest.test.ts; this is on a host.

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** A change on the test host, then a wait, then an attestation. */
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

describe('a wait and an attestation', () => {
  it('wait, ask the people who may attest, and name them in the evidence', async () => {
    const run = await begin('said')
    const decision = await openDecision(run)
    expect(decision).toMatchObject({ decision: 'attest/said~1', kind: 'attest', approvers: ['tester'] })
    const answer = { decision: decision.decision, choice: 'approve', by: 'stranger', digest: decision.digest }
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

  itInDepth('rejected › fail the step; a retry asks for the attestation again', async () => {
    const run = await begin('not-so')
    await decide(run, await openDecision(run), 'reject')
    await expect.poll(async () => (await openDecision(run)).kind, { timeout: 30_000 }).toBe('failed-step')
    const failed = await openDecision(run)
    expect(failed.title).toBe('step said failed')
    expect(failed.shows.join('\n')).toContain('tester says that this is not true')
    await decide(run, failed, 'retry')
    await expect
      .poll(async () => (await openDecision(run)).decision, { timeout: 30_000 })
      .toBe('attest/said~2')
    await decide(run, await openDecision(run), 'approve')
    expect(await run.result()).toMatchObject({ state: 'done', steps: 3 })
  })

  itInDepth('survive a killed worker', async () => {
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

  itInDepth('survive a reset of the run: the attestation reaches the phase that waits for it', async () => {
    const run = await begin('reset')
    await openDecision(run)
    const reset = await resetToItsStart(run)
    const decision = await openDecision(reset, 150)
    expect(decision.decision).toBe('attest/said~1')
    await decide(reset, decision, 'approve')
    expect(await reset.result()).toMatchObject({ state: 'done', steps: 3 })
  })

  itInDepth('are withdrawn when the run is cancelled', async () => {
    const run = await begin('cancelled')
    await openDecision(run)
    await run.cancel()
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect((await statusOf(run)).decisions).toEqual([])
    expect(await exists('/srv/cancelled')).toBe(false)
  })

  itInDepth('are withdrawn when another step fails, and asked for again after its retry', async () => {
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

describe('an attestation about a file', () => {
  it('shows its sha256, and fails where the file has changed since', async () => {
    await stage.testHost.exec('echo one > /srv/list')
    const run = await begin('about', { attest: 'artefact: /srv/list' })
    const decision = await openDecision(run)
    const sum = (await stage.testHost.must('sha256sum < /srv/list')).slice(0, 64)
    expect(decision.shows.join('\n')).toContain(sum)
    await stage.testHost.exec('echo two > /srv/list')
    await decide(run, decision, 'approve')
    await expect.poll(async () => (await openDecision(run)).kind, { timeout: 30_000 }).toBe('failed-step')
    const failed = await openDecision(run)
    expect(failed.shows.join('\n')).toContain('has changed since')
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
  it('lists what the run will wait for, and asks nobody', async () => {
    const { stdout, exitCode } = await stage.cli('preview', await stage.plan('shown', PLAN('shown')))
    expect(exitCode).toBe(0)
    expect(stdout).toContain('waits for an attestation by tester')
    expect(stdout).toContain('wait 2 seconds')
  })
})

/** Resets a run to its first workflow task, as the Temporal UI does. Its phases keep running. */
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
