import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { failureOf, openDecision, statusOf } from '../../testbed/watch-run.ts'
import type { Decision, DecisionAnswer } from '../../src/workflows/status.ts'
import { endOf, staying, strangerOf } from './temporal-stranger.ts'
import { itInDepth, everyNth } from '../depth.ts'

// Whatever changes what green means needs an approver, the digest of what was shown, and a record.

let stage: Stage
let stranger: Client
beforeAll(async () => {
  stage = await openStage({ quiet: true })
  stranger = strangerOf(stage)
})
afterAll(() => stage.close())

const MAKES = (id: string, path: string) => `
      - { step: ${id}, kind: command, script: touch ${path}, undo: rm -f ${path}, verify: test -e ${path} }`

/** A change and a proof of the data; then a cutover that only two people may approve. Steps are alike in all plans. */
const GUARDED = (name: string, proof = 'test -e /srv/restored') => `
plan: ${name}
title: Restore, prove, cut over
hosts: [server]
stack: ${name}
defaults: { host: server }
phases:
  - phase: restore
    steps:${MAKES('restored', '/srv/restored')}
      - step: data-is-right
        kind: command
        script: "true"
        cannotUndo: it changes nothing
        verify: ${proof}
  - phase: cutover
    gate: { approvers: [lead, on-call], within: 1 hour }
    steps:${MAKES('cut-over', '/srv/cut-over')}
`
const RED = 'echo 5000 rows are missing; exit 1'

const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0
// Whatever a test left undone.
afterEach(() => stage.testHost.must('rm -f /srv/* /var/tmp/rows-are-missing'))

async function started(
  id: string,
  more: { readonly proof?: string; readonly by?: string; readonly plan?: string } = {},
) {
  const { plan = id, proof, by = 'starter' } = more
  const path = await stage.plan(plan, GUARDED(plan, proof))
  return await stage.client.workflow.start('runPlan', {
    ...{ taskQueue: TASK_QUEUE, workflowId: id },
    args: [{ plan: path, inputs: {}, by }],
  })
}

const answerTo = (
  { decision, digest }: Pick<Decision, 'decision' | 'digest'>,
  choice: DecisionAnswer['choice'],
  by: string,
) => ({ decision, choice, by, ...(digest === undefined ? {} : { digest }) })
/** Whether it was taken. */
const answered = async (run: WorkflowHandle, answer: object) =>
  await run.executeUpdate('decide', { args: [answer] }).then(
    () => true,
    () => false,
  )
const kindsOf = async (run: WorkflowHandle) => (await statusOf(run)).decisions.map(({ kind }) => kind)
const gateOf = async (run: WorkflowHandle) => {
  const kind = async () => (await openDecision(run, 20)).kind
  await expect.poll(kind, { timeout: 20_000 }).toBe('gate')
  return await openDecision(run)
}

describe('the proof that failed', () => {
  it('H1 › skip › sent by a stranger › is not taken; the run still asks', async () => {
    const run = await started('h1-stranger', { proof: RED })
    const decision = await openDecision(run)
    const skip = answerTo(decision, 'skip', 'mallory (nobody)')
    await stranger.workflow.getHandle(run.workflowId).signal('decide', skip)
    const kinds = await staying(
      () => kindsOf(run),
      ([kind]) => kind === 'failed-step',
      5,
    )
    expect.soft(kinds).toEqual(['failed-step'])
    const { answers } = await statusOf(run)
    expect(answers.map(({ taken }) => taken)).toEqual([false])
    await run.terminate()
  })

  it('H1 › skip › by an approver who names no digest › is not taken: nobody shows that the failure was seen', async () => {
    const run = await started('h1-unseen', { proof: RED })
    const { decision } = await openDecision(run)
    expect(await answered(run, { decision, choice: 'skip', by: 'on-call' })).toBe(false)
    await run.terminate()
  })

  it('H1 › the gate after a skip › lists the step that was passed over', async () => {
    const run = await started('h1-listed', { proof: RED })
    const failed = await openDecision(run)
    await answered(run, answerTo(failed, 'skip', 'on-call'))
    const { shows } = await gateOf(run)
    expect(shows.join('\n')).toContain('data-is-right')
    await run.terminate()
  })

  it('H1 › a run that passed over a proof › ends neither as done nor with exit code 0', async () => {
    const run = await started('h1-ends', { proof: RED })
    await answered(run, answerTo(await openDecision(run), 'skip', 'on-call'))
    expect(await answered(run, answerTo(await gateOf(run), 'approve', 'lead'))).toBe(true)
    const ended = await run.result().then(
      (result) => (result as { readonly state: string }).state,
      () => 'failed',
    )
    expect.soft(ended).not.toBe('done')
    expect.soft((await statusOf(run)).state).not.toBe('done')
    expect((await stage.cli('status', run.workflowId)).exitCode).toBe(5)
  })
})

const noGate = () => undefined

describe('the person who started a run', () => {
  it.each(
    everyNth(5, [
      ['lead', 'lead'],
      ['Lead', 'Lead'],
      ['"lead " with a space', 'lead '],
      ['ｌｅａｄ in full-width letters', 'ｌｅａｄ'],
      ['LEAD with a soft hyphen', 'LE\u00adAD'],
      ['nobody', ''],
    ] as const),
  )('H3 › started by %s › the gate does not open by the approval of lead', async (_, by) => {
    const id = `h3-${Math.random().toString(36).slice(2, 8)}`
    const run = await started(id, { by })
    // Where runs without a name are refused, there is no gate to open.
    const refused = by === '' ? [run.result().then(noGate, noGate)] : []
    const gate = await Promise.race([gateOf(run), ...refused])
    const taken = gate && (await answered(run, answerTo(gate, 'approve', 'lead')))
    expect.soft(taken ?? false).toBe(false)
    expect(
      await staying(
        () => exists('/srv/cut-over'),
        (isThere) => !isThere,
        taken === true ? 10 : 0,
      ),
    ).toBe(false)
    if (gate && taken === false && by !== '')
      expect(await answered(run, answerTo(gate, 'approve', 'on-call'))).toBe(true)
    await run.result().catch(() => undefined)
  })
})

describe('what undoes all that approvers guard', () => {
  it('H3 › cancel › of a guarded run by a stranger › undoes nothing without the word of an approver', async () => {
    const run = await started('h3-cancelled', { by: 'starter' })
    await gateOf(run)
    await stranger.workflow.getHandle(run.workflowId).cancel()
    expect(
      await staying(
        () => exists('/srv/restored'),
        (isThere) => isThere,
        8,
      ),
    ).toBe(true)
    await run.terminate()
  })

  it('H3 › rollbackRun › of a guarded run that is done, by a stranger › undoes nothing without an approver', async () => {
    const run = await started('h3-undone', { by: 'starter' })
    await answered(run, answerTo(await gateOf(run), 'approve', 'lead'))
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await exists('/srv/cut-over')).toBe(true)
    const rollback = await stranger.workflow.start('rollbackRun', {
      ...{ taskQueue: TASK_QUEUE, workflowId: 'h3-undone/rollback' },
      args: [{ run: 'h3-undone', by: 'mallory' }],
    })
    const areThere = async () => (await exists('/srv/cut-over')) && (await exists('/srv/restored'))
    expect.soft(await staying(areThere, (isThere) => isThere, 10)).toBe(true)
    expect(await endOf(rollback, 0)).not.toBe('COMPLETED')
    await rollback.terminate().catch(() => undefined)
  })
})

describe('the digest of a gate', () => {
  it('M1 › two plans with the same steps › an approval of one does not open the other', async () => {
    const [one, other] = [await started('m1-one'), await started('m1-other')]
    const [shown, gate] = [await gateOf(one), await gateOf(other)]
    expect.soft(gate.digest).not.toBe(shown.digest)
    const reused = { ...answerTo(gate, 'approve', 'lead'), digest: shown.digest }
    expect(await answered(other, reused)).toBe(false)
    await one.terminate()
    await other.terminate()
  })

  itInDepth('M1 › two runs of one plan › an approval of the first does not open the second', async () => {
    const first = await started('m1-first', { plan: 'm1-again' })
    const shown = await gateOf(first)
    await answered(first, answerTo(shown, 'reject', 'lead'))
    expect((await failureOf(first)).type).toBe('RolledBack')
    const second = await started('m1-second', { plan: 'm1-again' })
    const gate = await gateOf(second)
    expect.soft(gate.digest).not.toBe(shown.digest)
    expect(await answered(second, { ...answerTo(gate, 'approve', 'lead'), digest: shown.digest })).toBe(false)
    await second.terminate()
  })

  it('M1 › a proof that was passed over › an approval of what was proven does not open the gate', async () => {
    // The same run but for the proof: a note on the host decides whether it is green.
    const proof = 'test ! -e /var/tmp/rows-are-missing'
    const proven = await started('m1-proven', { plan: 'm1-proof', proof })
    const shown = await gateOf(proven)
    await answered(proven, answerTo(shown, 'reject', 'lead'))
    await failureOf(proven)
    await stage.testHost.must('touch /var/tmp/rows-are-missing')
    const passed = await started('m1-passed', { plan: 'm1-proof', proof })
    await answered(passed, answerTo(await openDecision(passed), 'skip', 'on-call'))
    const gate = await gateOf(passed)
    expect.soft(gate.digest).not.toBe(shown.digest)
    expect(await answered(passed, { ...answerTo(gate, 'approve', 'lead'), digest: shown.digest })).toBe(false)
    await passed.terminate()
  })
})

describe('the record of answers', () => {
  itInDepth(
    'M2 › an approval after 120 answers that were ignored › is in the status and in the report',
    async () => {
      const run = await started('m2')
      const gate = await gateOf(run)
      const junk = stranger.workflow.getHandle(run.workflowId)
      await Promise.all(Array.from({ length: 120 }, (_, number) => junk.signal('decide', { junk: number })))
      expect(await answered(run, answerTo(gate, 'approve', 'lead'))).toBe(true)
      expect(await run.result()).toMatchObject({ state: 'done' })
      const { answers } = await statusOf(run)
      expect
        .soft(answers.filter(({ taken }) => taken).map(({ answer }) => answer))
        .toMatchObject([{ by: 'lead' }])
      // The plan's approvers are nowhere in a report but in its decisions.
      const { stdout } = await stage.cli('report', run.workflowId)
      expect(stdout).toMatch(/\blead\b/)
    },
  )
})
