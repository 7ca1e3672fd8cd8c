import { ApplicationFailure } from '@temporalio/common'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WorkflowHandle } from '@temporalio/client'
import type { RollbackRequest } from '../../src/workflows/messages.ts'
import { openSkippingStage, stepThatTouches } from '../../testbed/skipping-stage.ts'
import type { SkippingStage } from '../../testbed/skipping-stage.ts'
import { decide, failureOf, openDecision, statusOf, until } from '../../testbed/watch-run.ts'

// What a clear does on a host is tested in test/e2e/clears.test.ts.

let stage: SkippingStage
beforeEach(async () => {
  stage = await openSkippingStage()
})
afterEach(() => stage.close())

const PLAN = `
plan: shop
title: A shop
hosts: [server]
phases:
  - phase: kept
    steps: [${stepThatTouches('kept-one')}]
  - phase: stand
    steps: [${stepThatTouches('stand-one')}]
  - phase: rehearsal
    clears: [rehearsal, stand]
    steps: [${stepThatTouches('first')}, ${stepThatTouches('second')}]
  - phase: live
    gate: { approvers: anyone }
    steps: [${stepThatTouches('live-one')}]
`

const names = (about: string) => stage.asked.map(({ what }) => what).filter((what) => what.startsWith(about))
const start = () => stage.start('shop', PLAN)
const statesOf = async (run: WorkflowHandle) =>
  Object.fromEntries((await statusOf(run)).phases.map(({ phase, state }) => [phase, state]))
const undoFails = (step: string, until = Infinity) => {
  stage.script.undo = (undone, times) => {
    if (undone === step && times <= until)
      throw ApplicationFailure.nonRetryable(`${step} is busy`, 'CommandFailed')
  }
}

describe('clears', () => {
  it('undoes what the named phases did, newest first, before the next phase, and goes on', async () => {
    const run = await start()
    await openDecision(run)
    expect(names('undo')).toEqual(['undo second', 'undo first', 'undo stand-one'])
    expect(await statesOf(run)).toEqual({
      kept: 'done',
      stand: 'cleared',
      rehearsal: 'cleared',
      live: 'gate',
    })
    const { phases } = await statusOf(run)
    expect(phases.find(({ phase }) => phase === 'rehearsal')?.clear).toMatchObject({
      ...{ workflowId: 'shop/rehearsal/clear', phases: ['stand', 'rehearsal'], undone: 3, left: [] },
    })
  })

  it('takes what it undid from the journal: a later rollback meets only the rest', async () => {
    const run = await start()
    const gate = await openDecision(run)
    const { journal, cleared } = await run.query<RollbackRequest>('rollbackRequest')
    expect(journal.map(({ step }) => step.step)).toEqual(['kept-one'])
    expect(cleared).toEqual(['stand-one', 'first', 'second'])
    await decide(run, gate, 'reject')
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect(names('undo')).toEqual(['undo second', 'undo first', 'undo stand-one', 'undo kept-one'])
  })

  it('asks about an undo that failed; retry undoes the rest', async () => {
    undoFails('first', 1)
    const run = await start()
    const clear = stage.client.workflow.getHandle('shop/rehearsal/clear')
    await until(run, 'clearing')
    const decision = await openDecision(clear)
    expect(decision).toMatchObject({ decision: 'undo/first~1', kind: 'failed-undo' })
    expect(decision.happened).toContain('The clear could not undo')
    expect(names('undo')).toEqual(['undo second', 'undo first'])
    await decide(clear, decision, 'retry')
    expect(await openDecision(run)).toMatchObject({ decision: 'gate/live' })
    expect(names('undo')).toEqual(['undo second', 'undo first', 'undo first', 'undo stand-one'])
  })

  it('proves nothing where people left a step as it is, and leaves the step to a rollback', async () => {
    undoFails('first', 1)
    const run = await start()
    const clear = stage.client.workflow.getHandle('shop/rehearsal/clear')
    await until(run, 'clearing')
    await decide(clear, await openDecision(clear), 'skip')
    const gate = await openDecision(run)
    expect(gate.shows.join('\n')).toContain('first: skip by tester')
    expect(await statesOf(run)).toMatchObject({ stand: 'cleared', rehearsal: 'done' })
    const { journal } = await run.query<RollbackRequest>('rollbackRequest')
    expect(journal.map(({ step, undoAttempts }) => [step.step, undoAttempts])).toEqual([
      ['kept-one', undefined],
      ['first', 1],
    ])
    await decide(run, gate, 'approve')
    expect((await failureOf(run)).type).toBe('DoneNotProven')
  })

  it('ends before a cancelled run is rolled back', async () => {
    undoFails('first', 1)
    const run = await start()
    const clear = stage.client.workflow.getHandle('shop/rehearsal/clear')
    await until(run, 'clearing')
    const decision = await openDecision(clear)
    await run.cancel()
    await wait(1000)
    expect(names('undo')).toEqual(['undo second', 'undo first'])
    await decide(clear, decision, 'retry')
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect(names('undo').slice(2)).toEqual(['undo first', 'undo stand-one', 'undo kept-one'])
    expect(names('run live-one')).toEqual([])
  })
})
