import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { createKey } from '../../src/worker-key.ts'
import { WORKER_READY } from '../../src/workflows/messages.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision, statusOf } from '../../testbed/watch-run.ts'

const QUEUE = 'site-b'

let stage: Stage
const workers: ChildProcess[] = []
beforeAll(async () => {
  // The main worker cannot reach the host `far`: nothing listens there.
  const far = `  far: { address: 127.0.0.1, port: 1, user: root, taskQueue: ${QUEUE} }`
  stage = await openStage({ hosts: far })
  const { server } = { server: await readFile(join(stage.folder, 'inventory.yaml'), 'utf8') }
  const reachable = server.slice(server.indexOf('  server:'), server.indexOf('  far:'))
  await writeFile(join(stage.folder, 'near.yaml'), `hosts:\n${reachable.replace('server:', 'far:')}`)
})
afterEach(async () => {
  for (const worker of workers.splice(0)) await killed(worker)
})
afterAll(() => stage.close())

/** Another worker of the stage's Temporal; of the main queue, unless it is given another. Returns once it polls. */
async function aWorker(
  queue?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<ChildProcess & { readonly pid: number }> {
  const words = [packageFolder('dist', 'src', 'worker.js'), ...(queue === undefined ? [] : [queue])]
  const inventory = queue === undefined ? {} : { REINSTATE_INVENTORY: join(stage.folder, 'near.yaml') }
  const worker = spawn(process.execPath, words, {
    env: { ...process.env, ...stage.environment, ...inventory, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  workers.push(worker)
  await new Promise<void>((resolve, reject) => {
    worker.stdout.on('data', (text: Buffer) => text.includes(WORKER_READY) && resolve())
    worker.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
  })
  return worker as ChildProcess & { readonly pid: number }
}

async function killed(worker: ChildProcess): Promise<void> {
  if ((worker.exitCode ?? worker.signalCode) !== null) return
  const gone = new Promise((resolve) => worker.once('exit', resolve))
  worker.kill('SIGKILL')
  await gone
}

const appears = async (test: string) => {
  await stage.testHost.must('timeout 120 sh -c "until $TEST; do sleep 0.05; done"', { env: { TEST: test } })
}
/** The worker that carries out the activity `apply` of a phase, by its process. */
async function applying(phase: string): Promise<number> {
  const { raw } = await stage.client.workflow.getHandle(phase).describe()
  const apply = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'apply')
  return Number(apply?.lastWorkerIdentity?.split('@')[0])
}
/** The queue of every activity of a workflow, by its name. */
async function queuesOf(run: WorkflowHandle): Promise<ReadonlySet<string>> {
  const { events } = await run.fetchHistory()
  const scheduled = (events ?? []).map(({ activityTaskScheduledEventAttributes: at }) => at).filter(Boolean)
  return new Set(scheduled.map((at) => `${at?.activityType?.name} ${at?.taskQueue?.name}`))
}

describe('two workers on one queue', () => {
  it('the one that copies a volume is killed: the other follows the same copy, which is proven', async () => {
    const other = await aWorker()
    await stage.testHost.must(
      'mkdir -p /backup/big && for n in 1 2 3 4 5 6; do head -c 20000000 /dev/urandom > /backup/big/$n; done',
    )
    const yaml = `
plan: copied
title: A copy
hosts: [server]
phases:
  - phase: work
    steps: [{ step: copy, kind: volume-restore, from: /backup/big, volume: copied }]
`
    const run = await stage.start(await stage.plan('copied', yaml), { id: 'copied' })
    await appears('pkill -STOP -x rsync')
    const copying = await stage.testHost.must('pgrep -x rsync')
    const first = await applying('copied/work')
    process.kill(first, 'SIGKILL')
    // The other of the two: the stage's own, or the one of this test.
    const isOther = (pid: number) => pid !== first && pid > 0 && (first === other.pid || pid === other.pid)
    await expect.poll(async () => isOther(await applying('copied/work')), { timeout: 60_000 }).toBe(true)
    expect(await stage.testHost.must('pgrep -x rsync')).toBe(copying)
    await stage.testHost.must('pkill -CONT -x rsync')
    expect(await run.result()).toMatchObject({ state: 'done' })
    const live = '"$(docker volume inspect -f \'{{.Mountpoint}}\' copied)"'
    expect((await stage.testHost.exec(`diff -r /backup/big ${live}`)).stdout).toBe('')
    if (first !== other.pid) await stage.worker.start()
  }, 180_000)
})

const BOTH = (name: string) => `
plan: ${name}
title: Steps on two hosts
hosts: [server, far]
stack: ${name}
phases:
  - phase: work
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - { step: here, kind: command, host: server, script: touch /srv/${name}-here, undo: rm -f /srv/${name}-here, verify: test -e /srv/${name}-here }
      - { step: there, kind: command, host: far, script: "echo ran >> /srv/${name}-ran; sleep 4; touch /srv/${name}-there", undo: "rm -f /srv/${name}-there /srv/${name}-ran", verify: test -e /srv/${name}-there }
      - { step: rooms, kind: directories, host: far, paths: [/srv/${name}-rooms] }
`
const there = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0

describe('a host with a task queue of its own', () => {
  it('waits for a worker of that queue, and says so; all that reaches the host goes through it, back and forth', async () => {
    const run = await stage.start(await stage.plan('both', BOTH('both')), { id: 'both' })
    const says = async () => (await stage.cli('status', 'both')).stdout
    await expect.poll(says, { timeout: 60_000 }).toContain(`reinstate worker --task-queue ${QUEUE}`)
    expect(await says()).toContain('so nothing happens on far')
    expect((await statusOf(run)).state).not.toBe('waiting-for-decision')
    // As `run` does; it ends at the gate.
    const followed = stage.cli('status', 'both', '--follow', '--all')
    await wait(5000)

    const near = await aWorker(QUEUE)
    const gate = await openDecision(run)
    expect(await says()).not.toContain('--task-queue')
    expect((await followed).stdout.match(/reinstate worker --task-queue/g)).toHaveLength(1)
    const preview = await stage.cli('preview', 'both')
    expect(preview.stdout + preview.stderr).toContain('/srv/both-rooms')
    const shown = gate.shows.join('\n')
    expect(shown).toMatch(/here: .*\(on server\)[^]*there: .*\(on far\)[^]*rooms: .*\(on far\)/)
    expect(shown).toContain('/srv/both-rooms')
    await decide(run, gate, 'approve')
    // Killed in the middle of its command: the next one follows it.
    await appears('test -s /srv/both-ran')
    await killed(near)
    await aWorker(QUEUE)
    expect(await run.result()).toMatchObject({ state: 'done', steps: 3 })
    expect(await stage.testHost.must('cat /srv/both-ran')).toBe('ran')
    expect(await there('/srv/both-rooms')).toBe(true)

    expect([...(await queuesOf(run))].filter((one) => one.endsWith(QUEUE)).sort()).toEqual([
      ...[`checkHost ${QUEUE}`, `previewSteps ${QUEUE}`, `takeHostLock ${QUEUE}`],
    ])
    const phase = await queuesOf(stage.client.workflow.getHandle('both/work'))
    expect([...phase].sort()).toEqual([
      ...[`apply reinstate-2`, `apply ${QUEUE}`, `inspect reinstate-2`, `inspect ${QUEUE}`],
      ...[`verify reinstate-2`, `verify ${QUEUE}`],
    ])

    expect((await stage.cli('rollback', 'both')).exitCode).toBe(0)
    for (const path of ['/srv/both-here', '/srv/both-there', '/srv/both-rooms'])
      expect(await there(path), path).toBe(false)
    // The lock is given back by the worker that took it.
    const locks = async () => (await stage.testHost.exec('ls /var/lib/reinstate/locks')).stdout
    await expect.poll(locks, { timeout: 30_000 }).not.toContain('both')
  }, 240_000)

  it('a worker with another key refuses its steps: nothing is changed', async () => {
    const key = join(stage.folder, 'other.key')
    createKey(key)
    await aWorker(QUEUE, { REINSTATE_KEY: key })
    const run = await stage.start(await stage.plan('signed', BOTH('signed')), { id: 'signed' })
    expect(await failureOf(run)).toMatchObject({
      type: 'Refused',
      message: expect.stringContaining('Nothing was changed') as unknown,
    })
    expect(await there('/srv/signed-there')).toBe(false)
  }, 120_000)

  it.each(['reinstate-2', 'reinstate', '-x', 'a b'])('the queue "%s" is refused', async (queue) => {
    const refused = await stage.cli('worker', `--task-queue=${queue}`)
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain('does not begin with "reinstate"')
  })
})
