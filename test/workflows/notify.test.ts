import type { WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSkippingStage, stepThatTouches } from '../../testbed/skipping-stage.ts'
import type { SkippingStage } from '../../testbed/skipping-stage.ts'
import { decide, openDecision } from '../../testbed/watch-run.ts'
import type { Notice } from '../../src/workflows/notices.ts'
import { lockId } from '../../src/workflows/messages.ts'
import { everyNth, itInDepth } from '../depth.ts'

// The notifier on a server that skips time; real receivers and a real worker: test/notifications, test/e2e/notify.test.ts.

let stage: SkippingStage
let sent: { readonly channel: string; readonly notice: Notice; readonly attempt: number }[]
beforeEach(async () => {
  stage = await openSkippingStage()
  sent = []
  stage.script.send = (channel, notice, attempt) => void sent.push({ channel, notice, attempt })
})
afterEach(() => stage.close())

const PLAN = (notify: string) => `
plan: shop
title: A phase behind a gate
hosts: [server]
stack: shop
defaults: { host: server }
${notify}
phases:
  - phase: cutover
    gate: { approvers: [tester], within: 2 days }
    steps: [${stepThatTouches('opened')}]
`
const OPS =
  'notify: [{ channel: ops, on: [started, waits, failed, done], remind: { after: 3 hours, times: 2 } }]'
const events = (channel = 'ops') =>
  sent.filter((one) => one.channel === channel).map(({ notice: { event } }) => event)
/** The workflow of its notifier, from the history of the run. */
const notifierOf = async (run: WorkflowHandle): Promise<string | undefined> => {
  const { events: history = [] } = await run.fetchHistory()
  const ids = (history ?? []).map(
    (one) => one.childWorkflowExecutionStartedEventAttributes?.workflowExecution,
  )
  return ids.map((one) => one?.workflowId ?? '').find((id) => id.includes('/notify/'))
}

describe('the notifier of a run', () => {
  it('sends a wait, reminds as often as it may, and sends the end; each with an id of its own', async () => {
    const run = await stage.start('shop', PLAN(OPS))
    await stage.pass('20 hours')
    expect(events()).toEqual(['started', 'waits', 'reminder', 'reminder'])
    const [, wait, first, second] = sent
    expect(wait?.notice).toMatchObject({ run: 'shop', question: { decision: 'gate/cutover' } })
    expect(first?.notice.reminder).toEqual({ number: 1, of: 2 })
    const apart = Date.parse(second?.notice.at ?? '') - Date.parse(first?.notice.at ?? '')
    expect(apart / 3_600_000).toBeCloseTo(3, 1)
    await decide(run, await openDecision(run), 'approve')
    await run.result()
    await stage.pass('10 minutes')
    await expect.poll(events, { timeout: 20_000 }).toContain('done')
    expect(new Set(sent.map(({ notice: { id } }) => id)).size).toBe(sent.length)
  })

  it.each(
    everyNth(2, [
      ['asks again each day', '{ approvers: [tester], within: 1 day }'],
      ['asks again every minute', '{ approvers: [tester], within: 1 second }'],
    ] as const),
  )(
    'a run of 90 days whose gate %s › adds fewer than 1,000 events, and neither does the run',
    async (_, gate) => {
      const remind = OPS.replace('times: 2', 'times: 50')
      const run = await stage.start(
        'shop',
        PLAN(remind).replace('{ approvers: [tester], within: 2 days }', gate),
      )
      await stage.pass('90 days')
      await openDecision(run)
      expect(events().filter((event) => event === 'reminder')).toHaveLength(50)
      const notifier = stage.client.workflow.getHandle((await notifierOf(run)) ?? '')
      const lock = stage.client.workflow.getHandle(lockId({ host: 'server', stack: 'shop' }))
      for (const workflow of [run, notifier, lock])
        expect((await workflow.describe()).historyLength, workflow.workflowId).toBeLessThan(1000)
    },
  )

  itInDepth('sends no reminder once the question is answered', async () => {
    const run = await stage.start('shop', PLAN(OPS))
    await stage.pass('4 hours')
    await decide(run, await openDecision(run), 'reject')
    await run.result().catch(() => undefined)
    await stage.pass('10 minutes')
    await expect.poll(events, { timeout: 20_000 }).toEqual(['started', 'waits', 'reminder', 'failed'])
    expect(sent.at(-1)?.notice.ended?.state).toBe('rolled-back')
  })

  itInDepth('sends a gate that asks again because the hosts have changed as reopened', async () => {
    const run = await stage.start('shop', PLAN(OPS))
    const asked = await openDecision(run)
    stage.script.state = 'changed meanwhile'
    await decide(run, asked, 'approve')
    await stage.pass('1 hour')
    expect(events()).toContain('reopened')
    expect(sent.find(({ notice }) => notice.event === 'reopened')?.notice.question?.happened).toContain(
      'tester approved it',
    )
  })

  it('neither delays nor fails a run whose channel is down, and sends in order once it is up', async () => {
    let isDown = true
    stage.script.send = (channel, notice, attempt) => {
      if (channel === 'down' && isDown)
        throw ApplicationFailure.create({
          message: `channel ${channel}: it answered 500`,
          type: 'NotDelivered',
        })
      sent.push({ channel, notice, attempt })
    }
    const run = await stage.start(
      'shop',
      PLAN('notify: [{ channel: down, remind: { times: 0 } }, { channel: ops, remind: { times: 0 } }]'),
    )
    await decide(run, await openDecision(run), 'approve')
    expect(await run.result()).toMatchObject({ state: 'done' })
    await stage.pass('20 minutes')
    await expect.poll(events, { timeout: 20_000 }).toContain('done')
    expect(events('down')).toEqual([])
    isDown = false
    await stage.pass('10 minutes')
    await expect.poll(() => events('down'), { timeout: 20_000 }).toEqual(events())
  })

  itInDepth('gives a channel up after a day and names it in its own failure', async () => {
    stage.script.send = (channel) => {
      throw ApplicationFailure.create({
        message: `channel ${channel}: it answered 500`,
        type: 'NotDelivered',
      })
    }
    const run = await stage.start('shop', PLAN('notify: [{ channel: ops, on: [done] }]'))
    await decide(run, await openDecision(run), 'approve')
    expect(await run.result()).toMatchObject({ state: 'done' })
    const notifier = (await notifierOf(run)) ?? ''
    await expect(stage.client.workflow.getHandle(notifier).result()).rejects.toMatchObject({
      cause: { type: 'NotDelivered', message: 'not sent: done to ops: channel ops: it answered 500' },
    })
  })

  itInDepth('says that a run was terminated', async () => {
    const run = await stage.start('shop', PLAN(OPS))
    await openDecision(run)
    await run.terminate('by a test')
    await stage.pass('10 minutes')
    await expect.poll(events, { timeout: 20_000 }).toContain('failed')
    expect(sent.at(-1)?.notice.ended?.state).toBe('terminated')
  })

  it('is not started for a plan that notifies nobody', async () => {
    const run = await stage.start('shop', PLAN(''))
    await decide(run, await openDecision(run), 'approve')
    await run.result()
    expect(await notifierOf(run)).toBeUndefined()
  })
})
