import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { updateAnswer } from '../../src/cli/deciding.ts'
import { signed } from '../../src/cli/signing.ts'
import type { Choice, Decision, DecisionAnswer } from '../../src/workflows/status.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { failureOf, openDecision, statusOf } from '../../testbed/watch-run.ts'
import { inDepth, itInDepth } from '../depth.ts'

// Runs on a test host whose plans demand signatures of the real ssh-keygen.

let stage: Stage
const key = (name: string) => join(stage.folder, `key-of-${name}`)
const PEOPLE = ['lead', 'on-call', 'owner', 'stranger']
beforeAll(async () => {
  stage = await openStage({ quiet: true })
  for (const name of PEOPLE)
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', key(name)])
  const lines = ['lead', 'on-call', 'owner'].map(
    async (name) => `${name} ${await readFile(`${key(name)}.pub`, 'utf8')}`,
  )
  // One key for two people is a mistake of the operator; it is no quorum.
  const shared = `owner ${await readFile(`${key('lead')}.pub`, 'utf8')}`
  await writeFile(join(stage.folder, 'allowed_signers'), [...(await Promise.all(lines)), shared].join(''))
})
afterAll(() => stage.close())
afterEach(() => stage.testHost.must('rm -rf /srv/*'))

const QUORUM = '{ signed: [lead, on-call, owner], quorum: 2 }'
const MAKES = (id: string, verify = `test -e /srv/${id}`) => `
      - { step: ${id}, kind: command, script: touch /srv/${id}, undo: rm -f /srv/${id}, verify: ${verify} }`
const PLAN = (name: string, { approvers = QUORUM, head = '', first = MAKES('restored'), gate = '' }) => `
plan: ${name}
title: Restore, then cut over
hosts: [server]
stack: ${name}
${head}
defaults: { host: server }
phases:
  - phase: restore
    steps:${first}
  - phase: cutover
    gate: { approvers: ${approvers}, within: 1 hour${gate} }
    steps:${MAKES('cut-over')}
      - { step: config, kind: file-write, path: /srv/app.conf, template: app.conf }
`
async function started(name: string, of: Parameters<typeof PLAN>[1] = {}): Promise<WorkflowHandle> {
  const plan = await stage.plan(name, PLAN(name, of), { 'app.conf': 'listen 80\n' })
  return await stage.start(plan, { id: name })
}

/** An answer to a decision, signed by a person's own key; `more` changes what is signed. */
async function answerOf(
  { decision, digest = '', token = '' }: Decision,
  by: string,
  more: Partial<DecisionAnswer> & { readonly with?: string; readonly token?: string } = {},
): Promise<DecisionAnswer> {
  const { with: other = by, token: of = token, ...changed } = more
  const answer = { decision, choice: 'approve' as Choice, by, digest, ...changed }
  return await signed(answer, { token: of, key: key(other) })
}
/** `taken`, or why not. */
const sent = async (run: WorkflowHandle, answer: DecisionAnswer): Promise<string> =>
  await updateAnswer(run, answer).then(
    ({ taken, why }) => (taken ? 'taken' : (why ?? '')),
    (error: unknown) => String((error as Error & { cause?: Error }).cause?.message ?? error),
  )
const fingerprint = async (name: string) =>
  (await execa('ssh-keygen', ['-l', '-f', `${key(name)}.pub`])).stdout.split(' ')[1] ?? ''
const pageOf = async (run: WorkflowHandle) =>
  JSON.stringify(await run.query('__temporal_workflow_metadata')).replaceAll('\\n', '\n')

describe('a gate that two of three people have to sign', () => {
  it('opens for two keys; status, page, logs and report show who signed', async () => {
    const run = await started('two-sign')
    const asked = await openDecision(run)
    const by = (name: string) =>
      stage.cli(
        ...['approve', run.workflowId, '--digest', asked.digest ?? '', '--by', name],
        ...['--key', key(name)],
      )
    expect(await by('lead')).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('1 of 2') })
    const one = `1 of 2, by lead (key ${await fingerprint('lead')})`
    expect.soft((await stage.cli('status', run.workflowId)).stdout).toContain(one)
    expect.soft(await pageOf(run)).toContain(one)

    // The same person, by the same key and under the other name that the key has.
    expect(await by('lead')).toMatchObject({ exitCode: 2 })
    const again = await answerOf(asked, 'owner', { with: 'lead' })
    expect(await sent(run, again)).toContain('already')
    expect((await statusOf(run)).decisions).toHaveLength(1)

    expect(await by('on-call')).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('2 of 2') })
    expect(await run.result()).toMatchObject({ state: 'done' })
    const fingerprints = [await fingerprint('lead'), await fingerprint('on-call')]
    for (const command of inDepth(['report', 'show', 'logs'], ['report'])) {
      const { stdout } = await stage.cli(command, run.workflowId)
      for (const one of fingerprints) expect.soft(stdout, command).toContain(one)
    }
  })

  it('takes no answer that is unsigned, or signed by or for anything else; each has its reason', async () => {
    const run = await started('forged')
    const other = await started('forged-other')
    const [asked, elsewhere] = [await openDecision(run), await openDecision(other)]
    const { signature: _, ...unsigned } = await answerOf(asked, 'lead')
    const swapped = async (changed: Partial<DecisionAnswer>, signed = {}) => ({
      ...(await answerOf(asked, 'lead', signed)),
      ...changed,
    })
    const hour = 3_600_000
    const forged: Readonly<Record<string, readonly [DecisionAnswer, string]>> = {
      unsigned: [unsigned, 'has to be signed'],
      'unsigned reject': [{ ...unsigned, choice: 'reject' }, 'has to be signed'],
      'no signature at all': [await swapped({ signature: 'U1NIU0lH' }), 'not signed by a key of lead'],
      'wrong key': [await answerOf(asked, 'lead', { with: 'stranger' }), 'not signed by a key of lead'],
      "another's key": [await answerOf(asked, 'lead', { with: 'on-call' }), 'not signed by a key of lead'],
      'no approver': [await answerOf(asked, 'stranger'), 'may not decide'],
      'other run': [await answerOf(elsewhere, 'lead'), 'digest'],
      'other run, this digest': [await swapped({}, { token: elsewhere.token }), 'not signed'],
      'other decision': [
        await swapped({ decision: asked.decision }, { decision: 'gate/other' }),
        'not signed',
      ],
      'other choice': [await swapped({ choice: 'approve' }, { choice: 'reject' }), 'not signed'],
      'other digest': [await swapped({ digest: asked.digest ?? '' }, { digest: 'old' }), 'not signed'],
      'other time': [await swapped({ signedAt: new Date(Date.now() - 1000).toISOString() }), 'not signed'],
      'old time': [
        await swapped({ signedAt: new Date(Date.now() - hour).toISOString() }),
        'before this was asked',
      ],
      'time to come': [await swapped({ signedAt: new Date(Date.now() + hour).toISOString() }), 'after now'],
    }
    for (const [what, [answer, why]] of Object.entries(forged)) {
      expect.soft(await sent(run, answer), what).toContain(why)
      await run.signal('decide', answer)
    }
    const ignored = async () =>
      (await statusOf(run)).answers.filter(({ taken, via }) => !taken && via === 'signal')
    await expect
      .poll(async () => (await ignored()).length, { timeout: 30_000 })
      .toBe(Object.keys(forged).length)
    const { answers, decisions } = await statusOf(run)
    expect(answers.filter(({ taken }) => taken)).toEqual([])
    expect(decisions).toMatchObject([{ decision: asked.decision }])
    expect(decisions[0]?.collected).toBeUndefined()
    await run.terminate()
    await other.terminate()
  })

  it('that opened anew › voids what was collected: old signatures count no more', async () => {
    await stage.testHost.must('echo listen 8080 > /srv/app.conf')
    const run = await started('anew')
    const asked = await openDecision(run)
    const [lead, onCall] = [await answerOf(asked, 'lead'), await answerOf(asked, 'on-call')]
    expect(await sent(run, lead)).toBe('taken')
    await stage.testHost.must('echo listen 9090 > /srv/app.conf')
    expect(await sent(run, onCall)).toBe('taken')
    const digest = async () => (await openDecision(run)).digest
    await expect.poll(digest, { timeout: 30_000 }).not.toBe(asked.digest)
    expect((await openDecision(run)).collected).toBeUndefined()
    expect(await sent(run, lead)).toContain('digest')
    expect(await sent(run, onCall)).toContain('digest')

    const now = await openDecision(run)
    for (const name of ['lead', 'owner']) expect(await sent(run, await answerOf(now, name))).toBe('taken')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  itInDepth('that opened anew for the same state as before › takes no signature from then', async () => {
    const holds = (port: number) => stage.testHost.must(`echo listen ${port} > /srv/app.conf`)
    const opensAnew = async (before: Decision) => {
      const isNew = async () => (await openDecision(run)).digest !== before.digest
      await expect.poll(isNew, { timeout: 30_000 }).toBe(true)
      return await openDecision(run)
    }
    await holds(1)
    const run = await started('same-state')
    const first = await openDecision(run)
    const old = await answerOf(first, 'lead')
    let asked = first
    for (const port of [2, 1, 2]) {
      expect(await sent(run, await answerOf(asked, 'lead'))).toBe('taken')
      await holds(port)
      expect(await sent(run, await answerOf(asked, 'on-call'))).toBe('taken')
      asked = await opensAnew(asked)
    }
    expect(asked.decision).toBe('unsettled/cutover')
    await holds(1)
    expect(await sent(run, { decision: asked.decision, choice: 'retry', by: 'anyone' })).toBe('taken')
    asked = await opensAnew(asked)
    expect([asked.decision, asked.shows]).toEqual([first.decision, first.shows])
    expect(await sent(run, old)).toContain('digest')
    await run.terminate()
  })

  itInDepth('ends at once where one rejects, also after another approved', async () => {
    const run = await started('rejected')
    const asked = await openDecision(run)
    expect(await sent(run, await answerOf(asked, 'lead'))).toBe('taken')
    const { exitCode } = await stage.cli('reject', run.workflowId, '--by', 'on-call', '--key', key('on-call'))
    expect(exitCode).toBe(0)
    expect((await failureOf(run)).type).toBe('RolledBack')
  })

  itInDepth('counts an answer once that arrives five times at the same moment', async () => {
    const run = await started('at-once')
    const asked = await openDecision(run)
    const answer = await answerOf(asked, 'lead')
    const results = await Promise.all(Array.from({ length: 5 }, () => sent(run, answer)))
    expect(results.filter((result) => result === 'taken')).toHaveLength(1)
    expect((await openDecision(run)).collected).toHaveLength(1)
    const last = await answerOf(asked, 'on-call')
    const both = await Promise.all([sent(run, last), sent(run, await answerOf(asked, 'owner'))])
    expect(both.filter((result) => result === 'taken')).toHaveLength(1)
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  itInDepth('takes what reinstate sign prints without a connection, by signal and by update', async () => {
    const run = await started('pasted')
    const asked = await openDecision(run)
    expect(await pageOf(run)).toContain(`reinstate sign ${run.workflowId} gate/cutover`)
    const { TEMPORAL_ADDRESS } = stage.environment
    Object.assign(stage.environment, { TEMPORAL_ADDRESS: '127.0.0.1:1' })
    const printed = async (name: string) => {
      const { stdout } = await stage.cli(
        ...['sign', run.workflowId, asked.decision, '--choice', 'approve', '--digest', asked.digest ?? ''],
        ...['--token', asked.token ?? '', '--by', name, '--key', key(name)],
      )
      return JSON.parse(stdout) as DecisionAnswer
    }
    const [first, second] = [await printed('lead'), await printed('owner')]
    Object.assign(stage.environment, { TEMPORAL_ADDRESS })
    await run.signal('decide', first)
    const collected = async () => (await openDecision(run)).collected?.map(({ by }) => by)
    await expect.poll(collected, { timeout: 30_000 }).toEqual(['lead'])
    expect(await sent(run, second)).toBe('taken')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  itInDepth('that expired while a signature was verified › does not count it', async () => {
    const plan = await stage.plan(
      'expires',
      PLAN('expires', { gate: ', otherwise: stop' }).replace('1 hour', '8 seconds'),
      { 'app.conf': 'listen 80\n' },
    )
    const run = await stage.start(plan, { id: 'expires' })
    const asked = await openDecision(run)
    const answers = [await answerOf(asked, 'lead'), await answerOf(asked, 'on-call')]
    stage.worker.freeze()
    for (const answer of answers) await run.signal('decide', answer)
    await wait(9000)
    stage.worker.thaw()
    expect((await failureOf(run)).type).toBe('Stopped')
    const { answers: recorded } = await statusOf(run)
    expect(recorded.filter(({ taken }) => taken).map(({ via }) => via)).toEqual(['timeout'])
  })

  itInDepth('is signed also while no worker is up', async () => {
    const run = await started('no-worker')
    const { decision, digest = '' } = await openDecision(run)
    await stage.worker.kill('SIGKILL')
    const left = await stage.cli(
      ...['decide', run.workflowId, decision, 'approve', '--digest', digest],
      ...['--by', 'lead', '--key', key('lead')],
    )
    expect(left).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('the answer waits') })
    await stage.worker.start()
    const collected = async () => (await openDecision(run)).collected?.map(({ by }) => by)
    await expect.poll(collected, { timeout: 30_000 }).toEqual(['lead'])
    await run.terminate()
  })
})

itInDepth('a person whose key no worker has › is named before the first change', async () => {
  const run = await started('no-key', { approvers: '{ signed: [lead, nobody-knows] }' })
  const { type, message } = await failureOf(run)
  expect(type).toBe('Refused')
  expect(message).toContain('allowed_signers:1:1 unknown-signer has no key of nobody-knows')
})

const OWNER = { approvers: '[lead]', head: 'approvers: { signed: [owner] }' }

itInDepth(
  'approvers of the plan › decide about a failed step, and the approvers of a gate do not',
  async () => {
    const run = await started('plan-skip', { ...OWNER, first: MAKES('restored', '"false"') })
    const asked = await openDecision(run)
    expect(asked).toMatchObject({ kind: 'failed-step', approvers: ['owner'], signed: true })
    const { decision, digest = '' } = asked
    expect(await sent(run, { decision, digest, choice: 'skip', by: 'lead' })).toContain('may not decide')
    expect(await sent(run, { decision, digest, choice: 'skip', by: 'owner' })).toContain('has to be signed')
    expect(await sent(run, await answerOf(asked, 'owner', { choice: 'skip' }))).toBe('taken')
    expect(await openDecision(run)).toMatchObject({ kind: 'gate', approvers: ['lead'] })
    await run.terminate()
  },
)

itInDepth('approvers of the plan › answer a cancel', async () => {
  const run = await started('plan-cancel', OWNER)
  await openDecision(run)
  await run.cancel()
  await expect.poll(async () => (await openDecision(run)).kind, { timeout: 30_000 }).toBe('cancelled')
  const asked = await openDecision(run)
  expect(asked).toMatchObject({ approvers: ['owner'], signed: true })
  expect(await sent(run, await answerOf(asked, 'owner', { choice: 'rollback' }))).toBe('taken')
  expect((await failureOf(run)).type).toBe('RolledBack')
})

itInDepth('a quorum of names › counts each name once, and shows them as unverified', async () => {
  const run = await started('names', { approvers: '{ names: [lead, on-call, owner], quorum: 2 }' })
  const { decision, digest = '' } = await openDecision(run)
  const by = (name: string) => sent(run, { decision, digest, choice: 'approve', by: name })
  expect([await by('lead'), await by(' LEAD '), await by('starter')]).toEqual([
    'taken',
    expect.stringContaining('already'),
    expect.stringContaining('may not decide'),
  ])
  expect((await stage.cli('status', run.workflowId)).stdout).toContain('1 of 2, by lead (unverified)')
  expect(await by('on-call')).toBe('taken')
  expect(await run.result()).toMatchObject({ state: 'done' })
})
