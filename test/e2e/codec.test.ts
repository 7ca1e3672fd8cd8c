import { once } from 'node:events'
import { chmod, copyFile, mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { NativeConnection, Worker } from '@temporalio/worker'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { workerConverter } from '../../src/codec/data-converter.ts'
import { packageFolder } from '../../src/config.ts'
import { TASK_QUEUE } from '../../src/workflows/messages.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { itInDepth } from '../depth.ts'
import { decide, openDecision, statusOf } from '../../testbed/watch-run.ts'

const CANARY = 'c4narybird'

/** The canary is in an input, the plan, an output, the progress and the message of a failing step, and an answer. */
const PLAN = String.raw`
plan: birds
title: A bird that nobody may see
hosts: [server]
inputs:
  bird: { description: The bird }
phases:
  - phase: work
    gate: { approvers: anyone, note: The c4narybird waits }
    steps:
      - step: first
        title: Let the c4narybird in
        kind: command
        environment: { BIRD: "$\{{ inputs.bird }}" }
        script: |
          echo "$BIRD" > /srv/bird
          sleep 5
        undo: rm -f /srv/bird
        verify: test -s /srv/bird
      - step: second
        kind: command
        script: |
          cat /srv/bird >&2
          exit 7
        cannotUndo: it only prints
        noProof: it only prints
`.replaceAll('$\\{{', '${{')

/** Waits at a gate, then writes a file. The title is as long as a summary may be. */
const WAITS = `
plan: waits
title: A run that waits
hosts: [server]
phases:
  - phase: work
    gate: { approvers: anyone }
    steps:
      - step: only
        title: ${'A long title. '.repeat(20)}
        kind: command
        script: touch /srv/waited
        undo: rm -f /srv/waited
        verify: test -e /srv/waited
`

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ quiet: true, encrypted: process.env['WITHOUT'] === undefined })
  await stage.plan('birds', PLAN)
  await stage.plan('waits', WAITS)
})
afterAll(() => stage.close())

/** The files of the server and the raw histories that hold the canary. */
async function seen(): Promise<readonly string[]> {
  const home = stage.environment['REINSTATE_HOME'] ?? ''
  const found: string[] = []
  for (const file of await readdir(home)) {
    if (!file.startsWith('temporal.db')) continue
    const bytes = await readFile(join(home, file))
    const at = bytes.indexOf(CANARY)
    if (at >= 0) found.push(`${file}: ${bytes.subarray(at - 60, at + 60).toString('latin1')}`)
  }
  for await (const { workflowId, runId } of stage.client.workflow.list()) {
    const history = await stage.client.workflow.getHandle(workflowId, runId).fetchHistory()
    for (const event of history.events ?? []) {
      const text = historyToJSON({ events: [event] })
      const plain = text.replace(/"data": ?"([^"]*)"/g, (_, data: string) =>
        Buffer.from(data, 'base64').toString('latin1'),
      )
      if (plain.includes(CANARY)) found.push(`${workflowId} ${text.slice(0, 300)}`)
    }
  }
  return found
}

describe('payload encryption', () => {
  it('run › is answered, fails, is shown and rolled back, and Temporal stores nothing of it in plain text', async () => {
    const run = await stage.cli('run', 'birds', '--id', 'bird', '--input', `bird=${CANARY}`, '--detach')
    // 0 where it has not come to its gate yet.
    expect([0, 4], run.stderr).toContain(run.exitCode)
    const handle = stage.client.workflow.getHandle('bird')
    const { digest = '' } = await openDecision(handle)
    const approved = await stage.cli('approve', 'bird', '--digest', digest, '--reason', `a ${CANARY}`)
    expect(approved, approved.stderr).toMatchObject({ exitCode: 0 })
    await vi.waitFor(
      async () => expect((await statusOf(handle)).decisions[0]?.happened).toContain(`${CANARY}`),
      { timeout: 30_000, interval: 300 },
    )
    for (const command of ['status', 'show', 'logs', 'report']) {
      const { stdout, exitCode, stderr } = await stage.cli(command, 'bird')
      expect(stdout + stderr, command).toContain(CANARY)
      expect(exitCode, command).not.toBe(2)
    }
    await stage.cli('decide', 'bird', 'failed/second~1', 'rollback')
    await expect(handle.result()).rejects.toThrow()
    expect((await stage.cli('logs', 'bird')).stdout).toContain(CANARY)
    expect((await stage.testHost.exec('test ! -e /srv/bird && echo gone')).stdout).toContain('gone')
    expect(await seen()).toEqual([])
  }, 120_000)

  it('rotation › a run that began before it ends after it, and both keys are in its history', async () => {
    const run = await stage.start('waits', { id: 'rotated' })
    const gate = await openDecision(run)
    expect((await stage.cli('codec', 'add')).exitCode).toBe(0)
    const [before = '', after = ''] = idsIn((await stage.cli('codec', 'list')).stdout)
    expect((await stage.cli('codec', 'use', after)).exitCode).toBe(0)
    expect(idsIn((await stage.cli('codec', 'list')).stdout)).toEqual([after, before])
    await decide(run, gate, 'approve')
    await run.result()
    expect(await keysOf('rotated')).toEqual(new Set([before, after]))
  }, 60_000)

  it('a worker without the keys › is refused while a run needs them, and names the key and the file', async () => {
    const run = await stage.start('waits', { id: 'without' })
    const gate = await openDecision(run)
    await stage.worker.kill('SIGTERM')
    const file = join(stage.environment['REINSTATE_HOME'] ?? '', 'codec.keys')
    await rename(file, `${file}.away`)
    const [id = ''] = await keysOf('without')
    await expect(stage.worker.start()).rejects.toThrow('the worker ended with 1')
    const log = await readFile(join(stage.environment['REINSTATE_HOME'] ?? '', 'worker.log'), 'utf8')
    expect(log).toContain(`"${id}"; ${file} does not exist`)
    const here = await stage.cli('status', 'without')
    expect(here).toMatchObject({ exitCode: 2, stdout: '' })
    expect(here.stderr).toContain(`"${id}"; ${file} does not exist`)

    await rename(`${file}.away`, file)
    await stage.worker.start()
    await decide(run, gate, 'approve')
    expect(await run.result()).toBeDefined()
  }, 90_000)

  itInDepth(
    'a worker without the keys that began before › ends at the first activity that it cannot read, and ends no run',
    async () => {
      const open = async () => (await stage.client.workflow.count('ExecutionStatus = "Running"')).count
      await expect.poll(open, { timeout: 20_000 }).toBe(0)
      await stage.worker.kill('SIGTERM')
      const elsewhere = join(stage.folder, 'elsewhere')
      await mkdir(elsewhere)
      await copyFile(
        join(stage.environment['REINSTATE_HOME'] ?? '', 'worker.key'),
        join(elsewhere, 'worker.key'),
      )
      await chmod(join(elsewhere, 'worker.key'), 0o600)
      const without = execa(process.execPath, [packageFolder('dist', 'src', 'worker.js')], {
        env: { ...stage.environment, REINSTATE_KEY: join(elsewhere, 'worker.key') },
        ...{ reject: false, all: true },
      })
      await once(without.stdout, 'data')

      const run = await stage.start('waits', { id: 'beside' })
      const status = async () => await stage.cli('status', 'beside')
      await vi.waitFor(async () => expect((await status()).stdout).toContain('codec.keys does not exist'), {
        timeout: 30_000,
        interval: 500,
      })
      // Another one has the keys and no activities: each activity goes to the one without.
      const file = join(stage.environment['REINSTATE_HOME'] ?? '', 'codec.keys')
      const { dataConverter, bundle } = workerConverter(
        { codecKeys: { file, isNamed: true } },
        () => undefined,
      )
      const connection = await NativeConnection.connect({
        address: stage.environment['TEMPORAL_ADDRESS'] ?? '',
      })
      const workflows = await Worker.create({
        ...{ connection, dataConverter, taskQueue: TASK_QUEUE },
        workflowBundle: { codePath: bundle },
      })
      await workflows.runUntil(async () => {
        const runEnded = () => 'the run ended'
        const first = await Promise.race([
          without.then(({ exitCode }) => exitCode),
          run.result().then(runEnded, runEnded),
        ])
        expect(first).toBe(1)
        expect((await without).all).toContain(`${join(elsewhere, 'codec.keys')} does not exist`)
      })
      await connection.close()

      await stage.worker.start()
      await decide(run, await openDecision(run), 'approve')
      expect(await run.result()).toBeDefined()
    },
    240_000,
  )

  it('a file of keys that is named and missing › is refused before anything is sent', async () => {
    const missing = join(stage.folder, 'no-such-keys')
    const { exitCode, stderr } = await stage.cliWith({ REINSTATE_CODEC_KEYS: missing }, 'status')
    expect(exitCode).toBe(2)
    expect(stderr).toContain(missing)
  })
})

function idsIn(listed: string): readonly string[] {
  return listed.split('\n').map((line) => line.split(' ')[0] ?? '')
}

/** The ids of the keys in the raw history of a run. */
async function keysOf(workflowId: string): Promise<ReadonlySet<string>> {
  const history = await stage.client.workflow.getHandle(workflowId).fetchHistory()
  const found = historyToJSON(history).matchAll(/"encryption-key-id": ?"([^"]*)"/g)
  return new Set([...found].map(([, id = '']) => Buffer.from(id, 'base64').toString()))
}
