import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { freePorts } from '../../src/embedded/ports.ts'
import { startServer, stopServer } from '../../src/embedded/temporal-server.ts'
import { blockedOnDirectoryOf, type Blocked } from '../../src/steps/step-kind.ts'
import type { ResolvedStep } from '../../src/plan/plan.ts'
import type { PhaseRequest, PhaseResult, StepRequest } from '../../src/workflows/messages.ts'
import { temporalProgram } from '../../testbed/temporal-program.ts'

/** A phase on a real Temporal server; its activities only record that they were called. */
let client: Client
let called: string[] = []
let fails: Record<string, string> = {}
const closings: (() => Promise<unknown>)[] = []

const activity = (name: string, result: unknown) => (request: StepRequest) => {
  called.push(`${name} ${request.step.step}~${request.attempt} ${JSON.stringify(request.outputs)}`)
  const type = fails[`${name} ${request.step.step}`]
  if (type === undefined) return Promise.resolve(result)
  throw ApplicationFailure.create({ type, message: 'fails by order of the test', nonRetryable: true })
}

const inspect = activity('inspect', {
  ...{
    priorState: 'before',
    changes: ['changes it'],
    undoes: 'puts it back',
    undoPorts: [{ port: '80/tcp', holder: 'container web' }],
  },
})
const blocked: Record<string, Blocked> = {
  port: {
    blockedOn: { how: 'modifies', what: 'container', name: 'debug-proxy' },
    text: 'port 8080/tcp, which container debug-proxy holds, to be free',
    problem: {
      what: 'port 8080/tcp on server is taken by container debug-proxy',
      advice: 'ask whose container debug-proxy is, and stop it',
    },
  },
  missing: blockedOnDirectoryOf('/srv/a/b'),
}

beforeAll(async () => {
  const home = await mkdtemp(join(tmpdir(), 'reinstate-phase-'))
  const server = await startServer(
    { home, ports: await freePorts(), temporalBinary: await temporalProgram() },
    () => undefined,
  )
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  const connection = await Connection.connect({ address: server.address })
  client = new Client({ connection })
  const native = await NativeConnection.connect({ address: server.address })
  const worker = await Worker.create({
    connection: native,
    taskQueue: 'phases',
    workflowsPath: packageFolder('test', 'workflows', 'phase-parent.ts'),
    activities: {
      inspect: (request: StepRequest) => blocked[request.step.step] ?? inspect(request),
      apply: activity('apply', undefined),
      verify: activity('verify', { summary: 'as planned', strength: 'observed', outputs: { id: '42' } }),
    },
  })
  const running = worker.run()
  closings.push(
    async () => {
      worker.shutdown()
      await running
    },
    () => native.close(),
    () => connection.close(),
    () => stopServer(home),
    () => rm(home, { recursive: true, force: true }),
  )
})
afterAll(async () => {
  for (const close of closings) await close()
})

const step = (id: string, more: Partial<ResolvedStep> = {}): ResolvedStep => ({
  ...{ step: id, title: id, kind: 'command', host: 'server', needs: [], fields: {}, timeoutSeconds: 60 },
  ...{ maxAttempts: 1, backoffSeconds: 1, idempotent: false },
  ...more,
})

async function carriedOut(
  name: string,
  steps: readonly ResolvedStep[],
  more: Partial<PhaseRequest> = {},
): Promise<PhaseResult> {
  called = []
  const request: PhaseRequest = {
    ref: { run: name, token: 'token' },
    plan: { plan: 'it', hosts: ['server'] },
    phase: { phase: 'work', title: 'Work', needs: [], onFailure: 'ask', steps },
    attempts: {},
    outputs: {},
    journal: [],
    ...more,
  }
  return await client.workflow.execute('parent', { workflowId: name, taskQueue: 'phases', args: [request] })
}

describe('runPhase, attempted again', () => {
  const entry = { step: 'it', priorState: 'before', signature: '', outputs: {} }

  it('verify had timed out › verifies, and does not apply again', async () => {
    const { done } = await carriedOut('verifies', [step('it')], {
      attempts: { it: 2 },
      journal: [entry],
      toVerify: ['it'],
    })
    expect(called).toEqual(['verify it~2 {}'])
    expect(done).toMatchObject([{ step: 'it', outputs: { id: '42' } }])
  })

  it('verify had timed out, and now fails › applies again', async () => {
    fails = { 'verify it': 'StepNotVerified' }
    const request = { attempts: { it: 2 }, journal: [entry], toVerify: ['it'] }
    await expect(carriedOut('applies', [step('it', { maxAttempts: 2 })], request)).rejects.toThrow()
    expect(called).toEqual(['verify it~2 {}', 'apply it~3 {}', 'verify it~3 {}'])
    fails = {}
  })
})

describe('runPhase, journal', () => {
  it('has what the undo of each step will do', async () => {
    const { journal } = await carriedOut('undoes', [step('it')])
    expect(journal).toMatchObject([
      { step: 'it', priorState: 'before', undoes: 'puts it back', undoPorts: [{ port: '80/tcp' }] },
    ])
  })
})

describe('runPhase, blocked', () => {
  it.each([
    ['port', /^step port on server failed: port 8080\/tcp on server is taken by container debug-proxy/],
    [
      'missing',
      /: the directory of \/srv\/a\/b is missing on server; no step of this plan creates it\. .*retry/,
    ],
  ])('%s › says what is in the way, where, and what to do', async (id, says) => {
    const failed: unknown = await carriedOut(`blocked-${id}`, [step(id)]).catch((error: unknown) => error)
    expect(innermost(failed)).toMatch(says)
  })
})

/** The message of the failure that the others have as their cause. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return innermost(error.cause) || error.message
}

describe('runPhase, started without a run', () => {
  it('fails as NotFromRun, and calls no activity', async () => {
    called = []
    const args = [{ ref: { run: 'nobody', token: 'token' } }]
    const started = client.workflow.execute('runPhase', { workflowId: 'alone', taskQueue: 'phases', args })
    await expect(started).rejects.toMatchObject({ cause: { type: 'NotFromRun' } })
    expect(called).toEqual([])
  })
})

describe('runPhase, outcome unknown', () => {
  it('verify proves the step › passes its outputs to the steps that read them', async () => {
    fails = { 'apply it': 'OutcomeUnknown' }
    const reader = step('reader', { needs: ['it'], fields: { script: 'echo ${{ steps.it.outputs.id }}' } })
    await carriedOut('proven', [step('it'), reader])
    expect(called.slice(0, 4)).toEqual([
      'inspect it~1 {}',
      'apply it~1 {}',
      'verify it~1 {}',
      'inspect reader~1 {"it":{"id":"42"}}',
    ])
    fails = {}
  })
})
