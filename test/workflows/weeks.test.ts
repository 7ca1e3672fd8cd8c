import { ApplicationFailure } from '@temporalio/common'
import type { WorkflowHandle } from '@temporalio/client'
import { expect, it } from 'vitest'
import type { Decision } from '../../src/workflows/status.ts'
import { saveParked } from '../../testbed/save-histories.ts'
import { openSkippingStage, stepThatTouches } from '../../testbed/skipping-stage.ts'
import { decide, statusOf, until } from '../../testbed/watch-run.ts'

// Each wait that may take weeks, in one run on a server that skips time. Beyond 51,200 events Temporal ends a run.

const PLAN = (days: number) => `
plan: weeks
title: Every long wait
hosts: [server]
stack: shop
defaults: { host: server }
phases:
  - phase: before
    steps:
      - ${stepThatTouches('prepared')}
  - phase: locked
    gate: { approvers: [tester, anna], within: 1 day }
    steps:
      - ${stepThatTouches('opened')}
  - phase: soak
    gate: { approvers: [tester, anna], within: 1 day, unlocked: true }
    steps:
      - { step: up, kind: command, verify: test -e /srv/up, hold: { for: ${days} days, every: 5 minutes } }
  - phase: said
    steps:
      - { step: people, kind: attest, statement: the shop works, by: [tester], within: 1 day }
  - phase: paused
    steps:
      - { step: paused, kind: wait, for: ${days} days }
  - phase: retried
    steps:
      - { step: flaky, kind: command, script: touch /srv/flaky, undo: rm -f /srv/flaky, verify: test -e /srv/flaky, idempotent: true, attempts: 3, backoff: 10 minutes }
`

const PHASES = ['before', 'locked', 'soak', 'said', 'paused', 'retried']

/** Waits for a question, and expects it to say since when, for whom and until when it waits. */
async function questionOf(run: WorkflowHandle, decision: string): Promise<Decision> {
  await expect
    .poll(async () => (await statusOf(run)).decisions.map((one) => one.decision), { timeout: 60_000 })
    .toEqual([decision])
  const [asked] = (await statusOf(run)).decisions
  expect(asked).toMatchObject({ since: expect.any(String) as string, expires: expect.any(String) as string })
  expect(asked?.approvers).toContain('tester')
  return asked as Decision
}

/** Carries a run out whose waits take this many days each. @returns the events of the run and of its phases, by workflow */
async function eventsOf(days: number, { save }: { readonly save: boolean }) {
  const stage = await openSkippingStage()
  const parked = async (wait: string, ...workflows: readonly string[]) => {
    for (const workflow of save ? workflows : []) await saveParked(stage.client, workflow, wait)
  }
  try {
    stage.script.run = (step, times) => {
      if (step === 'flaky' && times === 1) throw ApplicationFailure.nonRetryable('it broke', 'CommandFailed')
    }
    const run = await stage.start('weeks', PLAN(days))
    // Five hours more: no question is asked again just then.
    const wait = () => stage.pass(`${days * 24 + 5} hours`)
    await questionOf(run, 'gate/locked')
    await parked('gate', 'weeks', 'lock/server/shop')
    await wait()
    await decide(run, await questionOf(run, 'gate/locked'), 'approve')

    await stage.pass('3 hours')
    expect((await questionOf(run, 'gate/soak')).unlockedSince).toBeDefined()
    await parked('unlocked-gate', 'weeks')
    await wait()
    await decide(run, await questionOf(run, 'gate/soak'), 'approve')

    await stage.pass('7 hours')
    await parked('hold', 'weeks/soak')
    await wait()
    const people = await questionOf(run, 'attest/people~1')
    await parked('attest', 'weeks', 'weeks/said')
    await wait()
    await decide(run, await questionOf(run, people.decision), 'approve')

    await stage.pass('3 hours')
    await parked('wait', 'weeks/paused')
    await wait()
    // The retry begins within ten minutes of the server's time, which now passes as that of this machine.
    await expect
      .poll(() => stage.asked.some(({ what }) => what === 'run flaky'), { timeout: 60_000 })
      .toBe(true)
    await parked('retry', 'weeks/retried')
    await stage.pass('20 minutes')
    await until(run, 'done')
    const workflows = ['weeks', ...PHASES.map((phase) => `weeks/${phase}`)]
    const counts = workflows.map(
      async (id) => [id, (await stage.client.workflow.getHandle(id).describe()).historyLength] as const,
    )
    return new Map(await Promise.all(counts))
  } finally {
    await stage.close()
  }
}

it('a run whose every wait takes twelve weeks › has fewer than 4,096 events, as have its phases', async () => {
  const save = process.env['REINSTATE_SAVE_HISTORIES'] !== undefined
  const [short, long] = [await eventsOf(1, { save }), await eventsOf(3, { save: false })]
  const inTwelveWeeks = [...long].map(([id, events]): [string, number] => {
    const each = (events - (short.get(id) ?? 0)) / 2
    return [id, Math.ceil(events + each * (84 - 3))]
  })
  console.info('events in twelve weeks:', Object.fromEntries(inTwelveWeeks))
  for (const [id, events] of inTwelveWeeks) expect([id, events < 4096]).toEqual([id, true])
})
