import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'
import { decide, failureOf, openDecision } from '../../testbed/watch-run.ts'
import { GATED, endOf, ownWorkflow, strangerOf } from './temporal-stranger.ts'

// Anyone who reaches Temporal's port can start workflows and call activities from them: none of that may reach a host.

let stage: Stage
let stranger: Client
beforeAll(async () => {
  stage = await openStage({ quiet: true })
  stranger = strangerOf(stage)
})
afterAll(() => stage.close())

const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0

/** A step that no plan holds; each of its scripts leaves a file of its own. */
const ownStep = (mark: string) => ({
  ...{ step: 'own', title: 'own', kind: 'command', host: 'server', needs: [] },
  fields: {
    script: `touch /root/${mark}-apply`,
    undo: `touch /root/${mark}-undo`,
    verify: `touch /root/${mark}-verify`,
    unless: `touch /root/${mark}-inspect; exit 1`,
    idempotent: false,
  },
  ...{ timeoutSeconds: 20, maxAttempts: 1, backoffSeconds: 1, idempotent: false },
})
const marksOf = async (mark: string) =>
  (await stage.testHost.must(`ls /root | grep ^${mark}- || true`)).split('\n').filter(Boolean)

/** A run of its own each time: a host carries out a step of a run once. */
const refOf = (run: string, token: string = randomUUID()) => ({ run, token })
const context = { plan: 'none', hosts: ['server'] }
const ownPhase = (mark: string) => ({
  ...{ phase: 'p', title: 'p', needs: [], onFailure: 'ask', steps: [ownStep(mark)] },
})
const phaseRequest = (mark: string, ref: object, parent: string) => ({
  ...{ ref, plan: context, phase: ownPhase(mark), parent },
  ...{ attempts: {}, outputs: {}, journal: [] },
})
const entryOf = (mark: string) => ({
  ...{ phase: 'p', step: ownStep(mark), priorState: { version: 1, priorState: null }, outputs: {} },
})
const rollbackRequest = (mark: string, ref: object, stack = mark) => ({
  ref,
  plan: { ...context, title: 'none', stack },
  phases: [{ phase: 'p', title: 'p', needs: [], steps: [{ step: 'own', needs: [] }] }],
  journal: [entryOf(mark)],
})

async function atGate(id: string, plan = id) {
  const run = await stage.start(await stage.plan(plan, GATED(plan)), { id })
  await openDecision(run)
  return run
}
const tokenOf = async (run: WorkflowHandle) =>
  String(((await run.describe()) as { readonly runId: string }).runId)

describe('an internal workflow that a stranger starts', () => {
  const start = (type: string, workflowId: string, args: unknown[], memo = {}) =>
    stranger.workflow.start(type, { taskQueue: TASK_QUEUE, workflowId, args, memo })

  it('C1 › runPhase › started by a stranger › fails and runs nothing on the host', async () => {
    const phase = await start('runPhase', 'c1-phase', [phaseRequest('phase', refOf('nobody'), 'nobody')])
    expect.soft(await endOf(phase)).toBe('FAILED')
    expect(await marksOf('phase')).toEqual([])
  })

  it.each(['rollback', 'clearPhases'])(
    'C1 › %s › started by a stranger › fails and runs nothing on the host',
    async (type) => {
      const request = { ...rollbackRequest(type, refOf('nobody')), after: 'p', clears: ['p'] }
      const undoing = await start(type, `c1-${type}`, [request])
      expect.soft(await endOf(undoing)).toBe('FAILED')
      expect(await marksOf(type)).toEqual([])
    },
  )

  it('C1 › runPhase › started by a stranger in the name of an open run › fails and runs nothing', async () => {
    const run = await atGate('c1-open-run')
    const ref = refOf(run.workflowId, await tokenOf(run))
    const request = phaseRequest('named', ref, run.workflowId)
    const phase = await start('runPhase', `${run.workflowId}/p`, [request], ref)
    expect.soft(await endOf(phase)).toBe('FAILED')
    expect(await marksOf('named')).toEqual([])
    await decide(run, await openDecision(run), 'reject')
    expect((await failureOf(run)).type).toBe('RolledBack')
  })

  it("C1 › runPhase › started as the child of a stranger's workflow › fails and runs nothing", async () => {
    // Its parent has the id, the type and the token that a run would have.
    const parent = await ownWorkflow(stage, { id: 'c1-parent', type: 'runPlan' })
    const request = phaseRequest('child', refOf('c1-parent', parent.token), 'c1-parent')
    const { outcome } = await parent.call({ child: 'runPhase', childId: 'c1-parent/p' }, [request])
    expect.soft(outcome).toBe('failed')
    expect(await marksOf('child')).toEqual([])
  })

  it('C1 › releaseHostLock › called by a stranger in the name of an open run › leaves its lock on the host', async () => {
    const run = await atGate('c1-locked')
    const holder = await stage.testHost.must('cat /var/lib/reinstate/locks/lc1-locked')
    // Both are public, and the holder on the host is made of these very words.
    const ref = { run: run.workflowId, token: await tokenOf(run) }
    const request = { host: 'server', stack: 'c1-locked', ref }
    const released = await (await ownWorkflow(stage)).call({ activity: 'releaseHostLock' }, [request])
    expect.soft(released.outcome).toBe('failed')
    expect(await stage.testHost.must('cat /var/lib/reinstate/locks/lc1-locked || true')).toBe(holder)
    await run.terminate()
  })
})

describe("an activity that a stranger's own workflow calls", () => {
  const requestOf = (mark: string) => ({
    ...{ ref: refOf('nobody'), plan: context, phase: 'p', step: ownStep(mark), attempt: 1, outputs: {} },
    priorState: { version: 1, priorState: null },
  })
  it.each(['inspect', 'apply', 'verify', 'undo'])(
    'C1 › %s › with a hand-made step › fails and runs nothing',
    async (name) => {
      const { outcome } = await (await ownWorkflow(stage)).call({ activity: name }, [requestOf(name)])
      expect.soft(outcome).toBe('failed')
      expect(await marksOf(name)).toEqual([])
    },
  )

  it('C1 › previewSteps › with hand-made phases › fails and runs nothing', async () => {
    const request = { ref: refOf('nobody'), plan: context, phases: [ownPhase('ahead')], outputs: {} }
    const { outcome } = await (await ownWorkflow(stage)).call({ activity: 'previewSteps' }, [request])
    expect.soft(outcome).toBe('failed')
    expect(await marksOf('ahead')).toEqual([])
  })

  it('C1 › takeHostLock › by a stranger › leaves no lock and no note on the host', async () => {
    const ref = refOf('c1-noted')
    const { journal: _, ...note } = rollbackRequest('lock', ref)
    const request = { host: 'server', stack: 'c1-noted', ref, note }
    const { outcome } = await (await ownWorkflow(stage)).call({ activity: 'takeHostLock' }, [request])
    expect.soft(outcome).toBe('failed')
    expect.soft(await exists('/var/lib/reinstate/locks/lc1-noted')).toBe(false)
    expect(await stage.testHost.must(`ls /var/lib/reinstate/runs | grep ^${ref.token} || true`)).toBe('')
    await stage.testHost.exec('rm -f /var/lib/reinstate/locks/lc1-noted')
  })

  it('C1 › apply › with a step that a worker resolved from a gated plan › fails: no gate was passed', async () => {
    const plan = await stage.plan('c1-resolved', GATED('c1-resolved'))
    const id = 'c1-resolved-by-stranger'
    const own = await ownWorkflow(stage, { id, type: 'runPlan' })
    const ref = refOf(id, own.token)
    const resolved = await own.call({ activity: 'resolvePlan' }, [{ plan, inputs: {}, ref }])
    const { phases = [] } = (resolved.result ?? {}) as { phases?: readonly { steps: readonly unknown[] }[] }
    // Refused already is as good.
    if (resolved.outcome === 'completed') {
      const request = { ...requestOf('resolved'), ref, phase: 'after', step: phases.at(-1)?.steps[0] }
      expect.soft((await own.call({ activity: 'apply' }, [request])).outcome).toBe('failed')
    }
    expect(await exists('/srv/c1-resolved-opened')).toBe(false)
  })
})
