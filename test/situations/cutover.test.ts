import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execa } from 'execa'
import { layGuestbook } from '../../testbed/guestbook.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { temporalProgram } from '../../testbed/temporal-program.ts'
import { decide, failureOf, openDecision, until } from '../../testbed/watch-run.ts'
import { guestbookInputs } from '../e2e/guestbook-plan.ts'
import { describeInDepth } from '../depth.ts'
import { expectAgreement, paste } from './agreement.ts'
import { appears, closed, comes, CUTOVER, cutoverFiles, layStack, served } from './fixture.ts'
import { pageOf, readSituation } from './surfaces.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ quiet: true })
})
afterAll(() => stage.close())

const WAITS = { state: 'waiting-for-decision' } as const

/** Starts the cutover of a stack that is live on this port, and approves it. Returns once the old stack is stopped. */
async function cutOver(name: string, port: number, id: string) {
  await layStack(stage, name, port)
  const plan = await stage.plan(`${name}-cutover`, CUTOVER(name, port), cutoverFiles(name, port))
  const run = await stage.start(plan, { id })
  await decide(run, await openDecision(run), 'approve')
  const { runId } = await run.describe()
  await appears(stage, `ls /var/lib/reinstate/runs | grep -q ${runId}_cutover_last-orders_1_`)
  return run
}

/** As somebody does it in the Temporal UI. */
async function terminate(workflow: string, reason: string): Promise<void> {
  const { TEMPORAL_ADDRESS: address = '' } = stage.environment
  const words = ['workflow', 'terminate', '--workflow-id', workflow, '--reason', reason, '--address', address]
  await execa(await temporalProgram(), words)
}

describeInDepth('a run that was done', () => {
  it('8 › is rolled back after the new stack took writes, and one volume is kept', async () => {
    const id = 'guestbook-restore-20261128-2140'
    const inputs = await guestbookInputs(stage, await layGuestbook(stage.testHost))
    const run = await stage.start('guestbook-restore', { id, inputs })
    await decide(run, await openDecision(run, 120), 'approve')
    await run.result()
    await stage.testHost.must(
      'for n in 1 2 3; do curl -sf -d "after the cutover $n" http://127.0.0.1:8080/api/entries; done',
    )
    const said = await stage.cli('rollback', id, '--reason', 'orders are missing', '--by', 'Mara')
    expect(said.exitCode).toBe(0)
    const surfaces = await readSituation(stage, {
      ...{ number: 8, name: 'rolled-back-with-a-kept-volume', run: id },
      truth:
        'The run was done. Mara rolled it back later ("orders are missing"). Visitors get the old guestbook again. The volume of the ' +
        'new database is kept, because it took three entries after the cutover; they are not in the old one. Right: nothing ' +
        'urgent; decide what becomes of the entries in the kept volume. No second rollback.',
    })
    expectAgreement(surfaces, { state: 'rolled-back', onPage: 'done', isDown: false })
    expect(surfaces.status.text).toContain(`guestbook_db_${id}`)
    expect(await served(stage, 8080)).toContain('Guestbook')
  })
})

describe('a run in the middle of a cutover', () => {
  it('12 › was terminated in the UI, and the site is down', async () => {
    const id = 'store-cutover-20261129-0301'
    const run = await cutOver('store', 8092, id)
    await terminate(id, 'looked stuck')
    await closed(run)
    await comes('the end of its phase', async () => {
      const { status } = await stage.client.workflow.getHandle(`${id}/cutover`).describe()
      return status.name !== 'RUNNING'
    })
    const surfaces = await readSituation(stage, {
      ...{ number: 12, name: 'terminated-in-a-cutover', run: id },
      truth:
        'Somebody terminated the run in the Temporal UI ("looked stuck") while the last orders were copied. The old store is ' +
        'stopped, the new one not started: the site is DOWN. Answers have no effect. Right: reinstate rollback, which starts the ' +
        'old store again.',
    })
    expect(await served(stage, 8092)).toBe('')
    expectAgreement(surfaces, { state: 'terminated', onPage: 'running', isDown: true })
    expect((await stage.cli('rollback', id, '--by', 'Mara')).stdout).toContain(`${id} rolled-back`)
    expect(await served(stage, 8092)).toContain('<h1>store</h1>')
    const rollback = await stage.client.workflow.getHandle(`${id}/rollback`).describe()
    expect(await rollback.staticDetails()).toContain(
      `If the title says **Terminated**, no answer works: \`reinstate status ${id}\``,
    )
  })
})

describeInDepth('half a cutover', () => {
  const id = 'guest-cutover-20261129-0307'

  it('16 › has stopped the old stack, and a debug container of somebody holds the port', async () => {
    const run = await cutOver('guest', 8093, id)
    await stage.testHost.must(
      'docker run -d --name debug-proxy -p 8093:80 testbed/nginx:1 && touch /var/tmp/guest-copied',
    )
    expect((await openDecision(run, 150)).step).toBe('serve')
    const surfaces = await readSituation(stage, {
      ...{ number: 16, name: 'port-taken-in-a-cutover', run: id },
      truth:
        'The old stack is stopped, the site is DOWN. Somebody started the container debug-proxy, which holds port 8093: the new ' +
        'stack cannot start. Right: stop debug-proxy (after asking whose it is), then retry. Rollback needs the same port, so it ' +
        'would fail too. Skip would leave the site down.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'failed/serve~1', recommended: 'retry', isDown: true })
    expect(pageOf(surfaces).details.slice(0, 600)).toContain('debug-proxy')
    const says = 'A rollback needs port 8093/tcp too: the undo of stop-old starts containers on it.'
    for (const text of [pageOf(surfaces).details.slice(0, 900), surfaces.status.text, surfaces.show.text])
      expect(text).toContain(says)
  })

  it('17 › is rolled back, and the rollback is stuck on the same port', async () => {
    const run = stage.client.workflow.getHandle(id)
    await decide(run, await openDecision(run), 'rollback')
    await comes('the failed undo', async () => (await openDecision(run)).kind === 'failed-undo')
    const surfaces = await readSituation(stage, {
      ...{ number: 17, name: 'rollback-stuck-on-the-port', run: id },
      truth:
        'The rollback cannot start the old stack: debug-proxy holds its port 8093. The site is DOWN. Right: stop debug-proxy, then ' +
        'retry the undo. Skip would leave the old stack stopped, and the new one is removed too: the site STAYS DOWN.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'undo/stop-old~1', recommended: 'retry', isDown: true })
    expect(pageOf(surfaces).details.slice(0, 600)).toContain('8093')
  })

  it('22 › its rollback was terminated', async () => {
    await terminate(`${id}/rollback`, 'looked stuck too')
    await closed(stage.client.workflow.getHandle(id))
    const surfaces = await readSituation(stage, {
      ...{ number: 22, name: 'rollback-terminated', run: id },
      truth:
        'Somebody terminated the rollback while it waited for a decision. Nothing works on it any more. The old stack is still ' +
        'stopped (debug-proxy holds its port), the site is DOWN. Right: stop debug-proxy, then reinstate rollback once more: it is ' +
        'taken up again.',
    })
    expect(await served(stage, 8093)).not.toContain('guest')
    expectAgreement(surfaces, { state: 'rollback-incomplete', isDown: true })
    await stage.testHost.must('docker stop debug-proxy')
    expect((await stage.cli('rollback', id, '--by', 'Mara')).stdout).toContain(`${id} rolled-back`)
    expect(await served(stage, 8093)).toContain('<h1>guest</h1>')
  })
})

describeInDepth('a rollback', () => {
  it('9 › fails at an undo, because a neighbour uses the network', async () => {
    const id = 'queue-setup-20261129-0315'
    const run = await stage.start(await stage.plan('queue-setup', NETWORK), { id })
    await appears(stage, 'test -e /var/tmp/queue-asked')
    await stage.testHost.must(
      'docker run -d --name metrics-agent --network queue_net testbed/nginx:1 && touch /var/tmp/queue-go',
    )
    await until(run, 'waiting-for-decision')
    const surfaces = await readSituation(stage, {
      ...{ number: 9, name: 'undo-fails', run: id },
      truth:
        'A step failed and the plan rolls back. The undo of the network failed: metrics-agent, a container of somebody else, is ' +
        'connected to queue_net. No visitors are affected. Right: ask its owner, disconnect it, then retry; or skip: the network ' +
        'stays and is named as not undone. Do not stop metrics-agent unasked.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'undo/network~1', recommended: 'retry' })
    await stage.testHost.must('docker network disconnect queue_net metrics-agent')
    await paste(stage, pageOf(surfaces), 'retry')
    expect((await failureOf(run)).type).toBe('RolledBack')
    expect((await stage.testHost.exec('docker network inspect queue_net')).exitCode).toBe(1)
  })
})

const NETWORK = `
plan: queue-setup
title: Set up the queue
hosts: [server]
phases:
  - phase: set-up
    title: Create the network and import the jobs
    onFailure: rollback
    steps:
      - step: network
        title: Create the network of the queue
        kind: command
        script: docker network create queue_net
        undo: docker network rm queue_net
        verify: docker network inspect queue_net
      - step: import
        title: Import the jobs
        kind: command
        script: |
          touch /var/tmp/queue-asked
          timeout 60 sh -c 'until test -e /var/tmp/queue-go; do sleep 0.1; done'
          echo "line 1207: unknown job type" >&2
          exit 3
        cannotUndo: it imports nothing where it fails
        noProof: its exit code is all there is
`
