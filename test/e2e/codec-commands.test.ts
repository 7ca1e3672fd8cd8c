import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision } from '../../testbed/watch-run.ts'
import { openReceiver } from '../notifications/receivers.ts'
import { newMachine } from './guestbook-by-hand.ts'

// What test/e2e/codec.test.ts does not: the commands that read other parts of a run than status, show and logs.

const SOON = { timeout: 60_000 }
/** A file, a gate, and a step that fails. */
const PLAN = (name: string, undo: string) => `
plan: ${name}
title: A c4narybird in ${name}
hosts: [server]
stack: ${name}
notify: [{ channel: ops, on: [waits, failed] }, { channel: broken, on: [waits] }]
phases:
  - phase: before
    steps:
      - { step: one, title: Seat the c4narybird, kind: command, script: touch /srv/${name}, undo: "${undo}", verify: test -e /srv/${name} }
  - phase: after
    gate: { approvers: anyone, note: The c4narybird waits. }
    steps:
      - { step: fails, kind: command, script: exit 1, cannotUndo: it does nothing, noProof: it fails }
`

let stage: Stage
let ops: Awaited<ReturnType<typeof openReceiver>>
let broken: Awaited<ReturnType<typeof openReceiver>>
beforeAll(async () => {
  ops = await openReceiver()
  broken = await openReceiver((response) => void response.writeHead(500).end())
  stage = await openStage({ encrypted: true })
  const webhook = (url: string) => `{ webhook: { url: "${url}/t0ken", secret: "\${{ secrets.KEY }}" } }`
  await writeFile(
    join(stage.folder, 'notify.yaml'),
    `secrets: notify.env\nchannels:\n  ops: ${webhook(ops.url)}\n  broken: ${webhook(broken.url)}\n`,
  )
  await writeFile(join(stage.folder, 'notify.env'), 'KEY=k3y-of-the-webhook\n', { mode: 0o600 })
})
afterAll(async () => {
  await stage.close()
  await ops.close()
  await broken.close()
})

async function atItsGate(name: string, undo = `rm -f /srv/${name}`) {
  const run = await stage.start(await stage.plan(name, PLAN(name, undo)), { id: name })
  return { run, gate: await openDecision(run) }
}
const exists = async (name: string) => (await stage.testHost.exec(`test -e /srv/${name}`)).exitCode === 0

describe('an encrypted run', () => {
  it('notify, status › a receiver gets the question; status names the one that was not told, and no address', async () => {
    await atItsGate('told')
    await expect.poll(() => ops.received.map(({ body }) => body).join('\n'), SOON).toContain('c4narybird')
    const unsent = async () => (await stage.cli('status', 'told')).stdout
    await expect
      .poll(unsent, SOON)
      .toMatch(/^unsent +waits to broken since .*: it answered 500; attempt \d+/m)
    expect(await unsent()).not.toContain('t0ken')
  })

  it('status, report --standup, cancel › list it, tell of it, and undo it', async () => {
    expect((await stage.cli('status')).stdout).toMatch(/^told +waiting-for-decision +told +server/m)
    const standup = await stage.cli('report', 'told', '--standup')
    expect(standup, standup.stderr).toMatchObject({ exitCode: 0 })
    expect(standup.stdout).toContain('c4narybird')
    expect(await exists('told')).toBe(true)
    const cancelled = await stage.cli('cancel', 'told')
    expect(cancelled, cancelled.stderr).toMatchObject({ exitCode: 0 })
    expect(await exists('told')).toBe(false)
  })

  it('codec add and use in an open rollback › it ends, with both keys in its history', async () => {
    const undo = 'while [ ! -e /srv/go-on ]; do sleep 1; done; rm -f /srv/turned'
    const { run, gate } = await atItsGate('turned', undo)
    await decide(run, gate, 'stop')
    await failureOf(run)
    expect((await stage.cli('rollback', 'turned', '--detach')).exitCode).toBe(0)
    const rollback = stage.client.workflow.getHandle('turned/rollback')
    expect((await stage.cli('codec', 'add')).exitCode).toBe(0)
    const [, added = ''] = (await stage.cli('codec', 'list')).stdout
      .split('\n')
      .map((line) => line.slice(0, 8))
    expect((await stage.cli('codec', 'use', added)).exitCode).toBe(0)
    await stage.testHost.exec('touch /srv/go-on')
    await rollback.result()
    expect(await exists('turned')).toBe(false)
    const text = historyToJSON(await rollback.fetchHistory())
    const keys = [...text.matchAll(/"encryption-key-id": ?"([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(keys).size).toBe(2)
    expect((await stage.cli('show', 'turned')).stdout).toContain('c4narybird')
  })

  it('clean › removes what it keeps on its host', async () => {
    const { exitCode, stdout, stderr } = await stage.cli('clean', 'turned', '--yes')
    expect(exitCode, stdout + stderr).toBe(0)
  })

  it('rollback --from-host › undoes it on a machine that has no codec keys, and refuses while it is open', async () => {
    const { run } = await atItsGate('lost')
    const refused = await stage.cli('rollback', 'lost', '--from-host', 'server', '--yes')
    expect(refused.stderr).toContain('lost is open at')
    await run.terminate('its Temporal is lost')
    const machine = await newMachine(stage)
    const key = join(stage.folder, 'only-the-key', 'worker.key')
    await mkdir(dirname(key))
    await copyFile(join(stage.environment['REINSTATE_HOME'] ?? '', 'worker.key'), key)
    await chmod(key, 0o600)
    const words = ['rollback', 'lost', '--from-host', 'server', '--yes']
    const { exitCode, text } = await machine.reinstate(words, { REINSTATE_KEY: key })
    expect(text).toContain('undone: one')
    expect(exitCode).toBe(0)
    expect(await exists('lost')).toBe(false)
  })
})
