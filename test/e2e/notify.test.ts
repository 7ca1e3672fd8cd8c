import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { WorkflowHandle } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision } from '../../testbed/watch-run.ts'
import { packageFolder } from '../../src/config.ts'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'
import { openReceiver } from '../notifications/receivers.ts'
import type { Received } from '../notifications/receivers.ts'

// Real receivers, a real worker and Temporal. The logic of time: test/workflows/notify.test.ts.

type Receiver = Awaited<ReturnType<typeof openReceiver>>

let stage: Stage
let ops: Receiver
let receivers: Receiver[]
/** A port on which nothing listens until a test opens it. */
let downPort: number
beforeAll(async () => {
  ops = await openReceiver()
  const broken = await openReceiver((response) => void response.writeHead(500).end())
  const slow = await openReceiver(() => undefined)
  const moved = await openReceiver((response) => void response.writeHead(302, { location: ops.url }).end())
  receivers = [ops, broken, slow, moved]
  const free = createServer()
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
  downPort = (free.address() as AddressInfo).port
  await new Promise((resolve) => free.close(resolve))
  stage = await openStage()
  const webhook = (url: string) => `{ webhook: { url: "${url}/t0ken", secret: "\${{ secrets.KEY }}" } }`
  await writeFile(
    join(stage.folder, 'notify.yaml'),
    `secrets: notify.env
channels:
  ops: ${webhook(ops.url)}
  broken: ${webhook(broken.url)}
  slow: ${webhook(slow.url)}
  moved: ${webhook(moved.url)}
  down: ${webhook(`http://127.0.0.1:${downPort}`)}
`,
  )
  await writeFile(join(stage.folder, 'notify.env'), 'KEY=k3y-of-the-webhook\n', { mode: 0o600 })
})
afterAll(async () => {
  await stage.close()
  for (const { close } of receivers) await close()
})

const PLAN = (name: string, channels: readonly string[]) => `
plan: ${name}
title: A phase behind a gate
hosts: [server]
stack: ${name}
${channels.length === 0 ? '' : `notify: [${channels.map((channel) => `{ channel: ${channel}, on: [started, waits, failed, done] }`).join(', ')}]`}
phases:
  - phase: after
    gate: { approvers: [tester] }
    steps:
      - step: opened
        kind: command
        script: touch /srv/${name}
        undo: rm -f /srv/${name}
        verify: test -e /srv/${name}
`
const begin = async (name: string, channels: readonly string[]) =>
  await stage.start(await stage.plan(name, PLAN(name, channels)), { id: name })
interface Body {
  readonly id: string
  readonly event: string
  readonly run: string
  readonly state?: string
  readonly link?: string
  readonly commands: readonly string[]
}
const bodiesOf = (run: string, received: readonly Received[] = ops.received) =>
  received.map(({ body }) => JSON.parse(body) as Body).filter((one) => one.run === run)
const events = (run: string, received?: readonly Received[]) =>
  bodiesOf(run, received).map(({ event }) => event)
/** The payloads of a history. */
const BASE64 = /"data": *"([A-Za-z0-9+/=]+)"/g
const decoded = (_: string, data: string) => Buffer.from(data, 'base64').toString()
const SOON = { timeout: 40_000 }
const notifierOf = async (run: WorkflowHandle) => {
  const { events: all } = await run.fetchHistory()
  const ids = (all ?? []).map((one) => one.childWorkflowExecutionStartedEventAttributes?.workflowExecution)
  return stage.client.workflow.getHandle(
    ids.find((one) => one?.workflowId?.includes('/notify/'))?.workflowId ?? '',
  )
}

/** From the approval of the gate to the end of the run, in milliseconds. */
const approved = async (run: WorkflowHandle): Promise<number> => {
  const asked = await openDecision(run)
  const before = performance.now()
  await decide(run, asked, 'approve')
  expect(await run.result()).toMatchObject({ state: 'done' })
  return performance.now() - before
}

describe('a run that notifies', () => {
  it('sends a wait once it lasts, and the end; each signed, with the command and the page', async () => {
    const run = await begin('told', ['ops'])
    const asked = await openDecision(run)
    await expect.poll(() => events('told'), SOON).toEqual(['started', 'waits'])
    const [, wait] = bodiesOf('told')
    expect(wait?.commands[0]).toBe('reinstate status told')
    expect(wait?.link).toBe(`${stage.ui}/namespaces/default/workflows/told`)
    const late = Number(ops.received[1]?.at) - Date.parse(asked.since)
    expect(late).toBeGreaterThanOrEqual(9000)
    await decide(run, asked, 'approve')
    await run.result()
    await expect.poll(() => events('told'), SOON).toEqual(['started', 'waits', 'done'])
    await (await notifierOf(run)).result()
  })

  it('has the rollback of a closed run sent likewise', async () => {
    const args = [{ run: 'told', by: 'starter' }]
    const of = { taskQueue: TASK_QUEUE, workflowId: 'told/rollback', args }
    const rollback = await stage.client.workflow.start('rollbackRun', of)
    await expect.poll(() => events('told').length, SOON).toBe(5)
    const wait = bodiesOf('told')[4]
    expect(wait).toMatchObject({ event: 'waits', commands: ['reinstate status told', expect.any(String)] })
    expect(wait?.link).toContain('told%2Frollback')
    await decide(rollback, await openDecision(rollback), 'approve')
    await rollback.result()
    await expect.poll(() => bodiesOf('told').at(-1)?.state, SOON).toBe('rolled-back')
  })

  it('is neither delayed nor failed by receivers that are down, slow, broken or moved; these get all of it later', async () => {
    const without = await approved(await begin('silent', []))
    const run = await begin('unheard', ['down', 'broken', 'slow', 'moved'])
    const bad = receivers.slice(1)
    await openDecision(run)
    await expect.poll(() => bad.every(({ received }) => received.length > 0), SOON).toBe(true)
    const withThem = await approved(run)
    console.log(
      `from approval to end: ${Math.round(without)} ms, with four failing receivers ${Math.round(withThem)} ms`,
    )
    expect(withThem).toBeLessThan(without + 2000)
    const notifier = await notifierOf(run)
    expect((await notifier.describe()).status.name).toBe('RUNNING')
    expect(events('unheard')).toEqual([])
    const shown = await stage.cli('status', 'unheard')
    // The slow one is given 20 s.
    const unsent = shown.stdout
      .split('\n')
      .filter((line) => line.startsWith('unsent') && !line.includes('to slow'))
      .map((line) => line.replace(/since .*?: /, '').replace(/\d+/g, 'N'))
    expect(unsent.sort()).toEqual([
      'unsent   started to broken it answered N; attempt N, tried again',
      'unsent   started to down the connection failed: ECONNREFUSED; attempt N, tried again',
      'unsent   started to moved it answered N; redirects are not followed; attempt N, tried again',
    ])
    expect(shown.stdout).not.toContain('t0ken')
    for (const one of receivers) one.answerWith((response) => void response.end())
    const opened = await openReceiver(undefined, downPort)
    receivers.push(opened)
    await notifier.result()
    expect(events('unheard', opened.received)).toEqual(['started', 'done'])
    expect((await stage.cli('status', 'unheard')).stdout).not.toContain('unsent')
    for (const one of bad) {
      const ids = bodiesOf('unheard', one.received).map(({ id }) => id)
      expect(ids.length).toBeGreaterThan(2)
      expect(new Set(ids).size).toBe(2)
    }
  })

  it('leaves no token in a history or a log', async () => {
    const run = stage.client.workflow.getHandle('unheard')
    const histories = await Promise.all(
      [run, await notifierOf(run)].map(async (one) => await one.fetchHistory()),
    )
    const log = await readFile(join(stage.environment['REINSTATE_HOME'] ?? '', 'worker.log'), 'utf8')
    const text = [...histories.map((one) => historyToJSON(one).replace(BASE64, decoded)), log].join('\n')
    expect(text).toContain('channel broken: it answered 500')
    expect(log).toContain('channel moved: it answered 302; redirects are not followed')
    for (const secret of ['t0ken', 'k3y-of-the-webhook']) expect(text).not.toContain(secret)
  })

  it('sends what happened while no worker was up, with the time of the event', async () => {
    const run = await begin('asleep', ['ops'])
    const asked = await openDecision(run)
    await stage.worker.kill('SIGKILL')
    const answer = { decision: asked.decision, choice: 'reject', by: 'tester', digest: asked.digest }
    await run.signal('decide', answer)
    await stage.worker.start()
    expect((await failureOf(run)).type).toBe('RolledBack')
    await expect.poll(() => events('asleep'), SOON).toContain('failed')
    expect(bodiesOf('asleep').at(-1)).toMatchObject({ event: 'failed', state: 'rolled-back' })
  })

  it('says that it was terminated', async () => {
    const run = await begin('ended', ['ops'])
    await openDecision(run)
    await run.terminate('by a test')
    await expect.poll(() => bodiesOf('ended').at(-1)?.state, SOON).toBe('terminated')
  })
})

describe('the files of a plan and a worker', () => {
  it('a channel that the worker does not have is found by check, and refuses the run', async () => {
    const plan = await stage.plan('wrong', PLAN('wrong', ['opps']))
    const { exitCode, stdout } = await stage.cli('check', plan)
    expect([exitCode, stdout]).toEqual([2, expect.stringContaining('unknown-channel')])
    const run = await stage.start(plan, { id: 'wrong' })
    expect(await failureOf(run)).toMatchObject({
      type: 'Refused',
      message: expect.stringContaining('opps') as string,
    })
  })

  it('a worker does not start with an invalid notify.yaml, and its message quotes no secret', async () => {
    const folder = join(stage.folder, 'other')
    await mkdir(folder)
    await writeFile(join(folder, 'inventory.yaml'), 'hosts: { server: { local: true } }\n')
    await writeFile(join(folder, 'notify.yaml'), 'channels: { ops: { slack: { url: unlik3ly } } }\n')
    const env = { ...stage.environment, REINSTATE_INVENTORY: join(folder, 'inventory.yaml') }
    const worker = packageFolder('dist', 'src', 'worker.js')
    const { exitCode, stderr } = await execa(process.execPath, [worker], {
      env,
      reject: false,
      timeout: 20_000,
    })
    expect(exitCode).toBe(1)
    expect(stderr).toContain('notify.yaml:1:')
    expect(stderr).not.toContain('unlik3ly')
  })

  it('the CLI lists channels and sends a test message', async () => {
    expect((await stage.cli('notify', 'list')).stdout).toContain('ops')
    const { stdout } = await stage.cli('notify', 'test', 'ops', '--event', 'reminder')
    expect(stdout).toBe('sent to ops: it answered 200')
    expect(events('test-of-notify')).toEqual(['reminder'])
    expect((await stage.cli('notify', 'test', 'ops', '--dry-run')).stdout).toContain('test-of-notify waits:')
    expect(events('test-of-notify')).toEqual(['reminder'])
    const unknown = await stage.cli('notify', 'test', 'opps')
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('no channel "opps"')])
  })
})
