import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client, WorkflowHandle } from '@temporalio/client'
import * as workflows from '../../src/workflows/index.ts'
import { updateAnswer } from '../../src/cli/deciding.ts'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'
import { freePorts } from '../../testbed/free-ports.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { failureOf, statusOf } from '../../testbed/watch-run.ts'
import type { Choice, RunStatus } from '../../src/workflows/status.ts'
import { endOf, isWedged, strangerOf } from './temporal-stranger.ts'

// Every workflow type started and every handler sent, with whatever a client can send: refused or recorded, and never wedged.
// Types come from the code and handlers from the workflows themselves, so that a new one cannot escape.

let stage: Stage
let stranger: Client
beforeAll(async () => {
  stage = await openStage({ quiet: true })
  const [dead = 0] = await freePorts(1)
  await writeFile(
    join(stage.folder, 'notify.yaml'),
    `channels: { nobody: { ntfy: { server: "http://127.0.0.1:${dead}", topic: nobody } } }\n`,
  )
  stranger = strangerOf(stage)
})
afterAll(() => stage.close())

/** What a status, with all that people are shown, may come to; a gRPC message holds 4 MB. */
const MOST_STATUS_BYTES = 256 * 1024
const HUGE_BYTES = 1_900_000

/** Words that workflows and handlers look for in what they get. */
const WORDS = [
  ...['phase', 'failure', 'step', 'message', 'workflowId', 'attempt', 'title', 'statement', 'mayBe'],
  ...['subject', 'isTrue', 'by', 'at', 'reason', 'decision', 'choice', 'digest', 'artefact', 'success'],
  ...['run', 'plan', 'inputs', 'preview', 'ref', 'token', 'host', 'stack', 'parent', 'phases', 'journal'],
]
const allWords = (value: unknown) => Object.fromEntries(WORDS.map((word) => [word, value]))
const share = 'A'.repeat(Math.floor(HUGE_BYTES / WORDS.length) - 40)

/** Arguments of a start, a signal, an update or a query. */
const STRANGE: readonly (readonly [name: string, args: readonly unknown[]])[] = [
  ['nothing', []],
  ['null', [null]],
  ['5', [5]],
  ['true', [true]],
  ['an empty text', ['']],
  ['a text', ['x']],
  ['{}', [{}]],
  ['[]', [[]]],
  ['[null]', [[null]]],
  ['two arguments', [{}, {}]],
  ['every word null', [allWords(null)]],
  ['every word 5', [allWords(5)]],
  ['every word {}', [allWords({})]],
  ['every word []', [allWords([])]],
  ['every word a text', [allWords('x')]],
]
const HUGE: typeof STRANGE = [
  ['a text of 1.9 MB', ['A'.repeat(HUGE_BYTES)]],
  ['every word long, 1.9 MB in all', [allWords(share)]],
  ['a decision of 1.9 MB', [{ decision: 'A'.repeat(HUGE_BYTES), choice: 'approve', by: 'mallory' }]],
  ['a name of 1.9 MB', [{ decision: 'x', choice: 'approve', by: 'A'.repeat(HUGE_BYTES) }]],
]

const PLAN = (name: string, undo: string) => `
plan: ${name}
title: A run that asks and waits
hosts: [server]
stack: ${name}
defaults: { host: server }
phases:
  - phase: one
    steps:
      - { step: made, kind: command, script: touch /srv/${name}, undo: ${undo}, verify: test -e /srv/${name} }
      - { step: said, kind: attest, statement: the shop works, by: [lead] }
  - phase: two
    gate: { approvers: [lead], within: 1 hour }
    steps:
      - { step: more, kind: command, script: touch /srv/${name}-two, undo: rm /srv/${name}-two, verify: test -e /srv/${name}-two }
`
const failingUndo = (id: string) => `test -e /srv/help-${id} && rm -f /srv/${id}`
const CLEARED = (name: string) => `
plan: ${name}
title: A run that clears its first phase
hosts: [server]
stack: ${name}
defaults: { host: server }
phases:
  - phase: one
    clears: [one]
    steps:
      - { step: made, kind: command, script: touch /srv/${name}, undo: ${failingUndo(name)}, verify: test -e /srv/${name} }
  - phase: two
    gate: { approvers: [lead], within: 1 hour }
    steps:
      - { step: more, kind: command, script: touch /srv/${name}-two, undo: rm /srv/${name}-two, verify: test -e /srv/${name}-two }
`
const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0

const begin = async (id: string, undo = `rm -f /srv/${id}`) =>
  await stage.start(await stage.plan(id, PLAN(id, undo)), { id })

/** Waits for a question of this kind and answers it as somebody who may. */
async function answer(of: WorkflowHandle, kind: string, choice: Choice): Promise<void> {
  let decision: RunStatus['decisions'][number] | undefined
  await expect
    .poll(async () => (decision = (await statusOf(of)).decisions.find((one) => one.kind === kind)), {
      timeout: 25_000,
    })
    .toBeDefined()
  const { decision: id, digest } = decision ?? { decision: '' }
  const answered = { decision: id, choice, by: 'lead', ...(digest === undefined ? {} : { digest }) }
  await updateAnswer(of, answered)
}

/** An open workflow of a type, and what must still come of it. */
interface Specimen {
  readonly target: WorkflowHandle
  readonly goesOn: () => Promise<void>
}

const rolledBack = async (run: WorkflowHandle) => {
  expect((await failureOf(run)).type).toBe('RolledBack')
  expect(await exists(`/srv/${run.workflowId}`)).toBe(false)
}
const throughTheRun = (run: WorkflowHandle) => async () => {
  await answer(run, 'attest', 'approve')
  await answer(run, 'gate', 'reject')
  await rolledBack(run)
}
const asked = async (of: WorkflowHandle) =>
  await expect.poll(async () => (await statusOf(of)).decisions.length, { timeout: 40_000 }).toBe(1)
const kindOf = async (of: WorkflowHandle) => (await statusOf(of)).decisions[0]?.kind

/** For every type one that is open; undefined for one that never waits for anybody, and has no handlers. */
const SPECIMENS: Readonly<Record<string, undefined | ((id: string) => Promise<Specimen>)>> = {
  runPlan: async (id) => {
    const run = await begin(id)
    await asked(run)
    return { target: run, goesOn: throughTheRun(run) }
  },
  runPhase: async (id) => {
    const run = await begin(id)
    await asked(run)
    return { target: stranger.workflow.getHandle(`${id}/one`), goesOn: throughTheRun(run) }
  },
  holdLock: async (id) => {
    const run = await begin(id)
    await asked(run)
    return { target: stranger.workflow.getHandle(`lock/server/${id}`), goesOn: throughTheRun(run) }
  },
  rollback: async (id) => {
    const run = await begin(id, failingUndo(id))
    await answer(run, 'attest', 'approve')
    await answer(run, 'gate', 'reject')
    const target = stage.client.workflow.getHandle(`${id}/rollback`)
    await expect.poll(() => endOf(target, 0).catch(() => ''), { timeout: 20_000 }).toBe('RUNNING')
    await asked(target)
    return {
      target,
      goesOn: async () => {
        await stage.testHost.must(`touch /srv/help-${id}`)
        await answer(target, 'failed-undo', 'retry')
        await rolledBack(run)
      },
    }
  },
  rollbackRun: async (id) => {
    const run = await begin(id, failingUndo(id))
    await answer(run, 'attest', 'approve')
    await answer(run, 'gate', 'stop')
    await failureOf(run)
    const target = await stage.client.workflow.start('rollbackRun', {
      ...{ taskQueue: TASK_QUEUE, workflowId: `${id}/rollback`, args: [{ run: id, by: 'lead' }] },
    })
    await answer(target, 'rollback', 'approve')
    await expect.poll(() => kindOf(target), { timeout: 40_000 }).toBe('failed-undo')
    return {
      target,
      goesOn: async () => {
        await stage.testHost.must(`touch /srv/help-${id}`)
        await answer(target, 'failed-undo', 'retry')
        expect(await target.result()).toMatchObject({ notUndone: [] })
        expect(await exists(`/srv/${id}`)).toBe(false)
      },
    }
  },
  clearPhases: async (id) => {
    const run = await stage.start(await stage.plan(id, CLEARED(id)), { id })
    const target = stage.client.workflow.getHandle(`${id}/one/clear`)
    await expect.poll(() => kindOf(target).catch(() => ''), { timeout: 40_000 }).toBe('failed-undo')
    return {
      target,
      goesOn: async () => {
        await stage.testHost.must(`touch /srv/help-${id}`)
        await answer(target, 'failed-undo', 'retry')
        await answer(run, 'gate', 'reject')
        await rolledBack(run)
      },
    }
  },
  notify: async (id) => {
    const notified = `${PLAN(id, `rm -f /srv/${id}`)}notify: [{ channel: nobody, on: [waits] }]\n`
    const run = await stage.start(await stage.plan(id, notified), { id })
    await asked(run)
    const { runId } = await run.describe()
    const target = stage.client.workflow.getHandle(`${id}/notify/${runId.slice(0, 8)}`)
    return {
      target,
      goesOn: async () => {
        await throughTheRun(run)()
        // Nobody receives, so it goes on attempting it.
        expect(await endOf(target, 0)).toBe('RUNNING')
        await target.terminate('the test is over')
      },
    }
  },
  previewPlan: undefined,
}

interface Handlers {
  readonly signals: readonly string[]
  readonly updates: readonly string[]
  readonly queries: readonly string[]
}
interface Metadata {
  readonly definition?: Readonly<
    Partial<
      Record<
        'signalDefinitions' | 'updateDefinitions' | 'queryDefinitions',
        readonly { readonly name?: string }[]
      >
    >
  >
}
/** As the Temporal UI asks for them. */
async function handlersOf(target: WorkflowHandle): Promise<Handlers> {
  const { definition = {} } = await target.query<Metadata>('__temporal_workflow_metadata')
  const names = (all: readonly { readonly name?: string }[] = []) =>
    all.flatMap(({ name }) => (name === undefined || name === '' || name.startsWith('__') ? [] : [name]))
  return {
    // One that nobody handles is sent as well.
    signals: [
      ...names(definition.signalDefinitions),
      'nobodyHandlesThis',
      '__temporal_reserved',
      '__stack_trace',
    ],
    updates: names(definition.updateDefinitions),
    queries: names(definition.queryDefinitions),
  }
}

type Sent = readonly [how: 'signal' | 'update' | 'query', name: string, values: typeof STRANGE]

async function send(target: WorkflowHandle, [how, name, values]: Sent): Promise<void> {
  for (const [, args] of values) {
    const sending =
      how === 'signal'
        ? target.signal(name, ...args)
        : how === 'query'
          ? target.query(name, ...args)
          : target.executeUpdate(name, { args: args as [unknown] })
    // Refused is what should come of most. A workflow that is wedged lets the client wait: it shows below.
    await Promise.race([sending.catch(() => undefined), wait(2000)])
  }
}

/** What is wrong with an open workflow after it got strange input, as text; nothing where all is as it should be. */
async function harmTo({ target, goesOn }: Specimen, hasStatus: boolean): Promise<readonly string[]> {
  const wrong: string[] = []
  const hold = async (what: string, check: () => Promise<void>) => {
    await Promise.race([
      check(),
      wait(25_000).then(() => {
        throw new Error('does not come to an end')
      }),
    ]).catch((error: unknown) => wrong.push(`${what}: ${String(error).split('\n')[0]?.slice(0, 160)}`))
  }
  if (hasStatus)
    await hold('its status', async () => {
      const bytes = JSON.stringify(await target.query('status')).length
      if (bytes > MOST_STATUS_BYTES) throw new Error(`${bytes} bytes`)
    })
  await hold('its page', async () => {
    const bytes = JSON.stringify(await target.query('__temporal_workflow_metadata')).length
    if (bytes > MOST_STATUS_BYTES) throw new Error(`${bytes} bytes`)
  })
  if (await isWedged(target)) wrong.push('it is wedged: its workflow task fails again and again')
  await hold('what it was to do', goesOn)
  return wrong
}

let made = 0
/** The same input to a handler of its own workflow each, so that one that is wedged hides no other. */
async function harmOf(
  type: string,
  sents: (handlers: Handlers) => readonly Sent[],
): Promise<readonly string[]> {
  const specimenOf = SPECIMENS[type]
  if (!specimenOf) return []
  const open = () => specimenOf(`s-${type.toLowerCase()}-${++made}`)
  const first = await open()
  const handlers = await handlersOf(first.target)
  const hasStatus = handlers.queries.includes('status')
  const all = sents(handlers)
  const tell = async (sent: Sent, specimen: Specimen) => {
    await send(specimen.target, sent)
    return (await harmTo(specimen, hasStatus)).map((harm) => `${sent[0]} ${sent[1]}: ${harm}`)
  }
  const harms = await Promise.all(
    all.map(async (sent, index) => await tell(sent, index === 0 ? first : await open())),
  )
  return harms.flat()
}

const types = Object.keys(workflows)

describe('an open workflow', () => {
  it.each(types)('H4 › %s › has a specimen here, so that its handlers are tried', (type) => {
    expect(Object.keys(SPECIMENS)).toContain(type)
  })

  it.each(types)('H4 › %s › takes strange signals, updates and queries, and then goes on', async (type) => {
    const harms = await harmOf(type, ({ signals, updates, queries }) => [
      ...signals.map((name): Sent => ['signal', name, STRANGE]),
      ...updates.map((name): Sent => ['update', name, STRANGE]),
      ...queries.map((name): Sent => ['query', name, STRANGE]),
    ])
    expect(harms).toEqual([])
  })

  it.each(types)('H6 › %s › takes 1.9 MB by every door, stays readable, and goes on', async (type) => {
    const harms = await harmOf(type, ({ signals, updates }) => [
      ...signals.map((name): Sent => ['signal', name, HUGE]),
      ...updates.map((name): Sent => ['update', name, HUGE]),
    ])
    expect(harms).toEqual([])
  })
})

/** Bytes that no converter reads. */
const UNREADABLE = [
  { metadata: { encoding: Buffer.from('strange/encoding') }, data: Buffer.from('x') },
  { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{') },
  { data: Buffer.from('{}') },
]

describe('a payload that cannot be read', () => {
  it('H4 › sent by a signal › is recorded, and the run goes on', async () => {
    const run = await begin('s-unreadable')
    await asked(run)
    const { namespace } = stage.client.options
    for (const payload of UNREADABLE)
      for (const signalName of ['decide', 'nobodyHandlesThis'])
        await stranger.workflowService.signalWorkflowExecution({
          ...{ namespace, signalName, workflowExecution: { workflowId: run.workflowId } },
          input: { payloads: [payload] },
        })
    await expect.poll(async () => (await statusOf(run)).answers.length, { timeout: 20_000 }).toBe(6)
    expect(await isWedged(run)).toBe(false)
    await throughTheRun(run)()
  })

  it.each(types)('H4 › %s started with it › ends as failed', async (type) => {
    const { namespace } = stage.client.options
    const ends = UNREADABLE.map(async (payload, index) => {
      const workflowId = `unreadable-${type.toLowerCase()}-${index}`
      await stranger.workflowService.startWorkflowExecution({
        ...{ namespace, workflowId, requestId: workflowId },
        ...{ workflowType: { name: type }, taskQueue: { name: TASK_QUEUE }, input: { payloads: [payload] } },
      })
      return await endOf(stage.client.workflow.getHandle(workflowId), 20)
    })
    expect(await Promise.all(ends)).toEqual(UNREADABLE.map(() => 'FAILED'))
  })
})

describe('a start with strange input', () => {
  const startedWith = async (type: string, values: typeof STRANGE) => {
    const handles = await Promise.all(
      values.map(async ([name, args], index) => ({
        name,
        handle: await stranger.workflow.start(type, {
          ...{
            taskQueue: TASK_QUEUE,
            workflowId: `start-${type.toLowerCase()}-${values === HUGE ? 'h' : 's'}${index}`,
          },
          args: [...args],
        }),
      })),
    )
    const until = Date.now() + 60_000
    return await Promise.all(
      handles.map(async ({ name, handle }) => {
        const ended = await endOf(handle, Math.max(0, (until - Date.now()) / 1000))
        if (ended === 'RUNNING') await handle.terminate()
        return { name, ended }
      }),
    )
  }

  it.each(types)('H4 › %s › ends as failed', async (type) => {
    const open = (await startedWith(type, STRANGE)).filter(({ ended }) => ended !== 'FAILED')
    expect(open).toEqual([])
  })

  it.each(types)('H6 › %s › with 1.9 MB › ends as failed, and can be read', async (type) => {
    const open = (await startedWith(type, HUGE)).filter(({ ended }) => ended !== 'FAILED')
    expect.soft(open).toEqual([])
    const sizes = await Promise.all(
      HUGE.map(async (_, index) => {
        const handle = stage.client.workflow.getHandle(`start-${type.toLowerCase()}-h${index}`)
        const { message } = await failureOf(handle).catch(() => ({ message: '' }))
        const status = await handle.query('status').catch(() => '')
        return message.length + JSON.stringify(status).length
      }),
    )
    expect(Math.max(...sizes)).toBeLessThan(MOST_STATUS_BYTES)
  })

  it('H4 › after all of it › an ordinary run is carried out', async () => {
    const run = await begin('s-ordinary')
    await answer(run, 'attest', 'approve')
    await answer(run, 'gate', 'approve')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })
})
