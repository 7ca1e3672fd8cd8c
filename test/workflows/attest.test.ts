import { ApplicationFailure } from '@temporalio/common'
import type { WorkflowHandle } from '@temporalio/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSkippingStage } from '../../testbed/skipping-stage.ts'
import type { SkippingStage } from '../../testbed/skipping-stage.ts'
import { decide, failureOf, openDecision, statusOf } from '../../testbed/watch-run.ts'
import type { Decision, PhaseStatus, StepStatus } from '../../src/workflows/status.ts'
import { itInDepth } from '../depth.ts'

// The real workflows on a server that skips time, without hosts; on a host: test/e2e/attest.test.ts.

let stage: SkippingStage
beforeEach(async () => {
  stage = await openSkippingStage()
})
afterEach(() => stage.close())

const PLAN = ({ wait = '2 days', attest = '', beside = '' } = {}) => `
plan: shop
title: Steps of a person and of the clock
hosts: [server]
stack: shop
defaults: { host: server }
phases:
  - phase: work
    steps:
      - step: made
        kind: command
        script: touch /srv/made
        undo: rm -f /srv/made
        verify: test -e /srv/made
      - step: soaked
        kind: wait
        for: ${wait}
      - step: said
        kind: attest
        statement: the shop works for its people
        by: [tester]
        ${attest}
${beside}`

/** A run that has asked for the attestation. */
const begin = async (how?: Parameters<typeof PLAN>[0]) => {
  const run = await stage.start('shop', PLAN(how))
  await stage.pass('62 hours')
  return run
}
const next = (run: WorkflowHandle, what: 'decision' | 'kind') =>
  expect.poll(async () => (await statusOf(run)).decisions[0]?.[what], { timeout: 60_000 })
const stepOf = async (step: string, phase = 'work'): Promise<StepStatus | undefined> => {
  const { steps } = await stage.client.workflow.getHandle(`shop/${phase}`).query<PhaseStatus>('status')
  return steps.find((one) => one.step === step)
}
const undone = () => stage.asked.map(({ what }) => what).filter((what) => what.startsWith('undo'))

/** Answers, and lets the phase hear of it: the stage's activities look once an hour. */
const answer = async (run: WorkflowHandle, asked: Decision, choice: 'approve' | 'reject' | 'retry') => {
  await decide(run, asked, choice)
  await stage.pass('70 minutes')
}

describe('a wait and an attestation', () => {
  it('wait for days, ask those who may attest, and name them in the evidence', async () => {
    const run = await begin()
    const decision = await openDecision(run)
    expect(decision).toMatchObject({ decision: 'attest/said~1', kind: 'attest', approvers: ['tester'] })
    const stranger = {
      decision: decision.decision,
      choice: 'approve',
      by: 'stranger',
      digest: decision.digest,
    }
    await expect(run.executeUpdate('decide', { args: [stranger] })).rejects.toThrow()
    expect(await stepOf('soaked')).toMatchObject({
      state: 'done',
      evidence: { strength: 'observed', facts: { seconds: 2 * 24 * 60 * 60 } },
    })
    await decide(run, decision, 'approve')
    expect(await run.result()).toMatchObject({ state: 'done', steps: 3 })
    expect((await stepOf('said'))?.evidence).toMatchObject({ strength: 'stated', facts: { by: 'tester' } })
  })

  itInDepth('ask again, ever more seldom, while nobody answers', async () => {
    const run = await begin({ attest: 'within: 4 hours' })
    await stage.pass('5 days')
    const decision = await openDecision(run)
    expect(decision.timesAsked).toBeGreaterThanOrEqual(6)
    await decide(run, decision, 'approve')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  it('rejected › fail the step; a retry asks for the attestation again', async () => {
    const run = await begin()
    await answer(run, await openDecision(run), 'reject')
    await next(run, 'kind').toBe('failed-step')
    const failed = await openDecision(run)
    expect(failed.title).toBe('step "said" failed')
    expect(failed.shows.join('\n')).toContain('tester says that this is not true')
    await answer(run, failed, 'retry')
    await next(run, 'decision').toBe('attest/said~2')
    await decide(run, await openDecision(run), 'approve')
    expect(await run.result()).toMatchObject({ state: 'done', steps: 3 })
  })

  it('are withdrawn when the run is cancelled', async () => {
    const run = await begin()
    await openDecision(run)
    await run.cancel()
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect((await statusOf(run)).decisions).toEqual([])
    expect(undone()).toEqual(['undo made'])
  })

  it('are withdrawn when another step fails, and asked for again after its retry', async () => {
    const beside = `
      - step: later
        kind: wait
        needs: [made]
        for: 5970 minutes
      - step: beside
        kind: command
        needs: [later]
        script: "true"
        cannotUndo: it only looks
        noProof: its exit code is all there is
`
    stage.script.run = (step, times) => {
      if (step === 'beside' && times === 1) throw ApplicationFailure.nonRetryable('it broke', 'CommandFailed')
    }
    const run = await begin({ beside })
    expect((await openDecision(run)).kind).toBe('attest')
    await stage.pass('2 days')
    const failed = await openDecision(run)
    expect(failed.decision).toBe('failed/beside~1')
    await answer(run, failed, 'retry')
    await next(run, 'kind').toBe('attest')
    await decide(run, await openDecision(run), 'approve')
    expect(await run.result()).toMatchObject({ state: 'done', steps: 5 })
  })
})

describe('an attestation about a file', () => {
  it('shows its sha256, and fails where the file has changed since', async () => {
    const run = await begin({ attest: 'artefact: /srv/list' })
    const decision = await openDecision(run)
    expect(decision.shows.join('\n')).toContain(stage.script.sum)
    stage.script.sum = 'b'.repeat(64)
    await answer(run, decision, 'approve')
    await next(run, 'kind').toBe('failed-step')
    const failed = await openDecision(run)
    expect(failed.shows.join('\n')).toContain('has changed since')
    await answer(run, failed, 'retry')
    await next(run, 'kind').toBe('attest')
    await decide(run, await openDecision(run), 'approve')
    await run.result()
    expect((await stepOf('said', 'work~2'))?.evidence?.facts).toMatchObject({ sha256: 'b'.repeat(64) })
  })
})
