import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { updateAnswer } from '../../src/cli/deciding.ts'
import { signed } from '../../src/cli/signing.ts'
import { packageFolder } from '../../src/config.ts'
import { loadPlan } from '../../src/plan/load-plan.ts'
import type { ResolvedPlan } from '../../src/plan/plan.ts'
import { kinds } from '../../src/steps/index.ts'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'
import type { Choice, Decision, DecisionAnswer } from '../../src/workflows/status.ts'
import { openSkippingStage } from '../../testbed/skipping-stage.ts'
import type { SkippingStage } from '../../testbed/skipping-stage.ts'
import { areBeside, isAfter, spansOfRun } from '../../testbed/step-spans.ts'
import { statusOf } from '../../testbed/watch-run.ts'

// The shipped plan by the real workflows, on a server that skips time and without a host; on a host: test/e2e/miyabi.test.ts.

const SHIPPED = packageFolder('plans', 'miyabi-reconstruction')
/** The shipped plan with gates that have to be signed, and the keys of its people: the stranger's is not in allowed_signers. */
let folder: string
const key = (name: string) => join(folder, `key-of-${name}`)
const SIGNED = () => join(folder, 'miyabi-signed')
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reinstate-miyabi-'))
  await mkdir(SIGNED())
  await cp(SHIPPED, SIGNED(), { recursive: true })
  const text = await readFile(join(SHIPPED, 'plan.yaml'), 'utf8')
  const gates = text.replaceAll('approvers: { names:', 'approvers: { signed:')
  expect(gates).not.toBe(text)
  await writeFile(join(SIGNED(), 'plan.yaml'), gates)
  for (const name of ['orchestrator', 'lead', 'on-call', 'stranger'])
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', key(name)])
  const known = ['orchestrator', 'lead', 'on-call'].map(
    async (name) => `${name} ${await readFile(`${key(name)}.pub`, 'utf8')}`,
  )
  await writeFile(join(folder, 'allowed_signers'), (await Promise.all(known)).join(''))
})
afterAll(() => rm(folder, { recursive: true }))

let stage: SkippingStage
beforeEach(async () => {
  stage = await openSkippingStage()
  stage.script.allowedSigners = join(folder, 'allowed_signers')
})
afterEach(() => stage.close())

const start = async ({ plan = SHIPPED, id = 'miyabi', by = 'starter' } = {}) =>
  await stage.client.workflow.start('runPlan', {
    ...{ taskQueue: TASK_QUEUE, workflowId: id },
    args: [{ plan, by }],
  })
const started = () => stage.asked.map(({ what }) => what).filter((what) => what.startsWith('run '))

const approval = ({ decision, digest = '' }: Decision, by: string): DecisionAnswer => ({
  ...{ decision, digest, by },
  choice: 'approve',
})
/** `taken`, or why not. */
const sent = async (run: WorkflowHandle, answer: DecisionAnswer): Promise<string> =>
  await updateAnswer(run, answer).then(
    ({ taken, why }) => (taken ? 'taken' : (why ?? '')),
    (error: unknown) => String((error as Error & { cause?: Error }).cause?.message ?? error),
  )

/** The open decisions, once there is one. Activities of the stage ask once an hour whether a document is to be attested. */
async function asks(run: WorkflowHandle): Promise<readonly Decision[]> {
  for (;;) {
    for (let look = 0; look < 20; look++) {
      if ((await run.describe()).status.name !== 'RUNNING') return []
      const { decisions } = await statusOf(run).catch(() => ({ decisions: [] }))
      if (decisions.length > 0) return decisions
      await wait(50)
    }
    await stage.pass('70 minutes')
  }
}

/** Attests and approves until this gate is open; undefined: to the end of the run. Returns the gates that were passed. */
async function upTo(run: WorkflowHandle, wanted?: string): Promise<readonly string[]> {
  const gates: string[] = []
  for (;;) {
    const open = await asks(run)
    if (open.length === 0 || open.some(({ decision }) => decision === wanted)) return gates
    for (const decision of open) {
      if (!decision.choices.some(({ choice }) => choice === 'approve'))
        throw new Error(`nobody foresaw ${decision.decision}: ${decision.happened}`)
      for (const by of decision.kind === 'gate' ? ['lead', 'on-call'] : ['lead'])
        expect(await sent(run, approval(decision, by)), decision.decision).toBe('taken')
      if (decision.kind === 'gate') gates.push(decision.decision)
    }
  }
}
const gate = async (run: WorkflowHandle, name = 'gate/backup'): Promise<Decision> => {
  await upTo(run, name)
  const [found] = (await statusOf(run)).decisions.filter(({ decision }) => decision === name)
  if (!found) throw new Error(`${name} is not open`)
  return found
}
/** Sends an answer as a signal, which nobody refuses at the door, and returns why it was ignored. */
async function ignored(run: WorkflowHandle, answer: unknown): Promise<string | undefined> {
  const before = (await statusOf(run)).answers.length
  await run.signal('decide', answer)
  await expect.poll(async () => (await statusOf(run)).answers.length, { timeout: 60_000 }).toBe(before + 1)
  const last = (await statusOf(run)).answers.at(-1)
  expect(last).toMatchObject({ taken: false, via: 'signal' })
  return last?.why
}

describe('an approval of a gate of miyabi-reconstruction', { timeout: 240_000 }, () => {
  it('forged by a key that is not in allowed_signers, or by the key of another person › opens nothing', async () => {
    const run = await start({ plan: SIGNED() })
    await upTo(run, 'gate/backup')
    const asked = await gate(run)
    const { token = '' } = asked
    const by = async (name: string, with_ = name) => {
      // The server is hours ahead of this machine: it has skipped them.
      vi.useFakeTimers({ toFake: ['Date'], now: await stage.now() })
      return await signed(approval(asked, name), { token, key: key(with_) }).finally(() => vi.useRealTimers())
    }
    expect(await sent(run, approval(asked, 'lead'))).toContain('has to be signed')
    for (const forger of ['stranger', 'on-call']) {
      const forged = await by('lead', forger)
      expect(await sent(run, forged)).toContain('not signed by a key of lead')
      expect(await ignored(run, forged)).toContain('not signed by a key of lead')
    }
    expect(await sent(run, await by('stranger'))).toContain('may not decide')
    const early = await signed(approval(asked, 'lead'), { token, key: key('lead') })
    expect(await sent(run, early)).toContain('before this was asked')
    expect((await gate(run)).collected).toBeUndefined()
    expect(started()).not.toContain('run backup')

    for (const name of ['lead', 'on-call']) expect(await sent(run, await by(name))).toBe('taken')
    await gate(run, 'gate/backend')
    expect(started()).toContain('run backup')
  })

  it('forged as a signal to a phase › attests no document and opens nothing', async () => {
    const run = await start()
    const asked = await asks(run)
    const phase = stage.client.workflow.getHandle('miyabi/architecture')
    for (const decision of asked) {
      await phase.signal('decide', approval(decision, 'lead'))
      await phase.signal('attestation', { step: decision.step, isTrue: true, by: 'lead' })
    }
    await stage.pass('70 minutes')
    expect((await statusOf(run)).decisions.map(({ decision }) => decision)).toEqual(
      asked.map(({ decision }) => decision),
    )
    await gate(run)
    // Behind the gate there is nothing that a signal could reach.
    await expect(stage.client.workflow.getHandle('miyabi/backup').signal('decide', {})).rejects.toThrow()
    expect(started()).not.toContain('run backup')
  })

  it('doubled › one person counts once, by update, by signal and under the name in another case', async () => {
    const run = await start()
    const asked = await gate(run)
    expect(await sent(run, approval(asked, 'lead'))).toBe('taken')
    for (const again of ['lead', ' LEAD ', 'ｌead']) {
      expect(await sent(run, approval(asked, again))).toContain('already')
      expect(await ignored(run, approval(asked, again))).toContain('already')
    }
    expect((await gate(run)).collected?.map(({ by }) => by)).toEqual(['lead'])
    expect(started()).not.toContain('run backup')
  })

  it('late, after the gate was decided or of a gate that is asked anew › counts for nothing, and a late reject undoes nothing', async () => {
    const run = await start()
    const asked = await gate(run)
    expect(await sent(run, approval(asked, 'lead'))).toBe('taken')
    stage.script.state = 'what somebody changed meanwhile'
    expect(await sent(run, approval(asked, 'on-call'))).toBe('taken')
    await expect.poll(async () => (await gate(run)).digest, { timeout: 60_000 }).not.toBe(asked.digest)
    const anew = await gate(run)
    expect(anew.collected).toBeUndefined()
    for (const by of ['lead', 'on-call', 'orchestrator'])
      expect(await sent(run, approval(asked, by))).toContain('is not the digest')
    expect(started()).not.toContain('run backup')

    for (const by of ['lead', 'on-call']) expect(await sent(run, approval(anew, by))).toBe('taken')
    await gate(run, 'gate/backend')
    for (const choice of ['approve', 'reject'] as const)
      expect(await ignored(run, { ...approval(anew, 'orchestrator'), choice })).toContain(
        'no decision gate/backup is open',
      )
    expect(started().filter((what) => what === 'run backup')).toHaveLength(1)
    expect(stage.asked.filter(({ what }) => what.startsWith('undo backup'))).toEqual([])
  })

  it('with a wrong digest: none, of another gate, of another run › opens nothing', async () => {
    const run = await start()
    const first = await gate(run)
    const { digest: _, ...none } = approval(first, 'lead')
    expect(await sent(run, none)).toContain('the digest is missing')
    await upTo(run, 'gate/backend')
    const asked = await gate(run, 'gate/backend')
    const wrong = { ...approval(asked, 'lead'), digest: first.digest ?? '' }
    expect(await sent(run, wrong)).toContain('is not the digest')
    expect(await ignored(run, wrong)).toContain('is not the digest')
    expect((await gate(run, 'gate/backend')).collected).toBeUndefined()
    expect(started()).not.toContain('run staging-api')
  })

  it('of the person who started the run › is refused, also where others have approved', async () => {
    const run = await start({ by: 'lead' })
    // That person may attest a document: it is a statement, and names who made it.
    const asked = await gate(run)
    expect(await sent(run, approval(asked, 'on-call'))).toBe('taken')
    for (const self of ['lead', ' Lead']) {
      expect(await sent(run, approval(asked, self))).toContain('started this run')
      expect(await ignored(run, approval(asked, self))).toContain('started this run')
    }
    expect(started()).not.toContain('run backup')
    expect(await sent(run, approval(asked, 'orchestrator'))).toBe('taken')
    await gate(run, 'gate/backend')
    expect(started()).toContain('run backup')
  })
})

describe('a run of miyabi-reconstruction', { timeout: 240_000 }, () => {
  it('starts each step after all that it needs, and steps that do not need each other beside each other', async () => {
    const run = await start()
    expect(await upTo(run)).toEqual([
      ...['gate/backup', 'gate/backend', 'gate/frontend'],
      ...['gate/production-database', 'gate/switch', 'gate/contract'],
    ])
    expect(await run.result()).toMatchObject({ state: 'done' })
    const { phases } = await shipped()
    const names = phases.map(({ phase }) => phase)
    const spans = await spansOfRun(stage.client, 'miyabi', names)
    for (const { phase, steps } of phases)
      for (const { step, needs } of steps)
        for (const need of needs.filter(
          (one) => spans.has(`${phase}/${one}`) && spans.has(`${phase}/${step}`),
        ))
          expect.soft(isAfter(spans, `${phase}/${step}`, `${phase}/${need}`), step).toBe(true)
    for (const [one, other] of BESIDE)
      expect.soft(areBeside(spans, one, other), `${one}, ${other}`).toBe(true)
    for (const [step, parents] of WAITS)
      for (const parent of parents) expect.soft(isAfter(spans, step, parent), `${step}, ${parent}`).toBe(true)
    // What is seen could be otherwise.
    expect(areBeside(spans, 'database/base', 'database/rbac')).toBe(false)
    expect(isAfter(spans, 'database/organizations', 'database/rbac')).toBe(false)
  })

  it('shows a criterion whose step was skipped as not proven; an approval then needs a reason', async () => {
    stage.script.run = (step) => {
      if (step === 'allows-and-denies') throw ApplicationFailure.nonRetryable('denied', 'CommandFailed')
    }
    const run = await start()
    await upTo(run, 'failed/allows-and-denies~1')
    const failed = await gate(run, 'failed/allows-and-denies~1')
    const skip = { ...approval(failed, 'lead'), choice: 'skip' as Choice }
    expect(await sent(run, { ...skip, by: 'starter' })).toContain('may not')
    for (const by of ['lead', 'on-call']) await sent(run, { ...skip, by })
    const asked = await gate(run, 'gate/backend')
    expect(
      asked.criteria?.filter(({ strength }) => strength === 'not proven').map(({ says }) => says),
    ).toEqual(['RBAC tables created, and they deny'])
    expect(await sent(run, approval(asked, 'lead'))).toContain('must say why')
    const reason = 'denied by hand, too'
    expect(await sent(run, { ...approval(asked, 'lead'), reason })).toBe('taken')
    expect(await sent(run, { ...approval(asked, 'on-call'), reason })).toBe('taken')
    await gate(run, 'gate/frontend')
  })
})

/** Issues of the source that the plan runs at the same time. */
const BESIDE = [
  ['database/organizations', 'database/rbac'],
  ['backend/auth-api', 'backend/permission-api'],
  ['backend/permission-api', 'backend/agent-api'],
  ['frontend/organization-ui', 'frontend/admin-ui'],
  ['green/e2e', 'green/load'],
] as const

/** Issues, and the parents that the source's own graph forgets some of. */
const WAITS: readonly (readonly [string, readonly string[]])[] = [
  ['database/jwt', ['database/base', 'database/rbac']],
  ['backend/organization-api', ['database/organizations', 'database/rbac', 'database/jwt', 'image/image']],
  [
    'backend/backend-tests',
    ['backend/organization-api', 'backend/auth-api', 'backend/permission-api', 'backend/agent-api'],
  ],
  ['frontend/frontend-e2e', ['frontend/organization-ui', 'frontend/admin-ui']],
]

async function shipped(): Promise<ResolvedPlan> {
  return await loadPlan({ plan: SHIPPED, folders: [], kinds, runId: 'miyabi', inputs: {} })
}
