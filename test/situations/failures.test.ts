import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fillDisk, flipByte } from '../../testbed/faults.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { failureOf, openDecision, statusOf } from '../../testbed/watch-run.ts'
import { describeInDepth, itInDepth } from '../depth.ts'
import { expectAgreement, paste } from './agreement.ts'
import { appears, comes } from './fixture.ts'
import { pageOf, readSituation } from './surfaces.ts'

/** A small disk of its own. */
const DISK = { at: '/srv/data', mebibytes: 300 }

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ quiet: true, disk: DISK })
  await stage.testHost.must(`
    mkdir -p /backup/uploads /backup/orders
    for n in 1 2 3 4; do head -c 30M /dev/urandom >/backup/uploads/$n.jpg; done
    for n in 1 2 3; do head -c 20M /dev/urandom >/backup/orders/$n.dat; done`)
})
afterAll(() => stage.close())

const WAITS = { state: 'waiting-for-decision' } as const

describeInDepth('a copy', () => {
  it('2 › fails because the disk is full', async () => {
    const id = 'uploads-restore-20261129-0230'
    const run = await stage.start(await stage.plan('uploads-restore', UPLOADS), { id })
    await appears(stage, 'pkill -STOP -f "[r]sync .*/backup/uploads"')
    const filling = await fillDisk(stage.testHost, DISK.at, 5)
    await stage.testHost.must('pkill -CONT -x rsync')
    expect((await openDecision(run)).step).toBe('uploads')
    const surfaces = await readSituation(stage, {
      ...{ number: 2, name: 'disk-full', run: id },
      truth:
        'The disk at /srv/data is full (something else filled it during the copy: No space left on device). No visitors are ' +
        'affected, the source is whole. Right: make room on the disk, then retry; the copy continues. Rollback is safe too.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'failed/uploads~1', recommended: 'retry' })
    expect(pageOf(surfaces).details.slice(0, 600)).toContain('No space left on device')
    await stage.testHost.must('rm "$FILE"', { env: { FILE: filling } })
    await paste(stage, pageOf(surfaces), 'retry')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  it('3 › differs by one byte from its source, and its proof is red', async () => {
    const id = 'orders-restore-20261129-0235'
    const run = await stage.start(await stage.plan('orders-restore', ORDERS), { id })
    await appears(stage, 'pkill -STOP -f "[r]sync .*/backup/orders"')
    // Its worker stands still until the byte is flipped: it compares next.
    stage.worker.freeze()
    await stage.testHost.must('pkill -CONT -x rsync')
    await appears(stage, 'ls -d /var/lib/reinstate/runs/*_orders_1_copy/exit.0')
    const volume = await stage.testHost.must("docker volume inspect -f '{{.Mountpoint}}' orders_restored")
    await flipByte(stage.testHost, `${volume}/2.dat`)
    stage.worker.thaw()
    expect((await openDecision(run)).step).toBe('orders')
    const surfaces = await readSituation(stage, {
      ...{ number: 3, name: 'one-byte-differs', run: id },
      truth:
        'One byte of 2.dat in the copy was flipped (a bad disk, say); size and time are the same. The backup is whole, nothing is ' +
        'served from the copy. Right: retry once (the copy is compared by checksums and repaired); if it comes again, look at the ' +
        'disk. Never skip.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'failed/orders~1', recommended: 'retry' })
    expect(pageOf(surfaces).details.slice(0, 600)).toContain('2.dat')
    await paste(stage, pageOf(surfaces), 'retry')
    expect(await run.result()).toMatchObject({ state: 'done' })
    await stage.testHost.must(`diff -r /backup/orders ${volume}`)
  })
})

describe('a script that must not run twice', () => {
  it('4 › lost its supervisor after 23 of 40 mails', async () => {
    const id = 'mail-customers-20261129-0240'
    const run = await stage.start(await stage.plan('mail-customers', MAILS), { id })
    await killedAfter('/srv/mails-sent', 23)
    const { kind } = await openDecision(run)
    const sent = await stage.testHost.must('wc -l </srv/mails-sent')
    const surfaces = await readSituation(stage, {
      ...{ number: 4, name: 'outcome-unknown', run: id },
      truth:
        `The script was killed after ${sent} of 40 mails. Its verify says no. A retry sends the first ${sent} mails AGAIN. Rollback ` +
        'cannot call mails back. Right: look at /srv/mails-sent, send the rest by hand, then mark-done; or stop. No answer should ' +
        'be recommended before somebody has looked.',
    })
    expect(kind).toBe('unknown-outcome')
    expectAgreement(surfaces, { ...WAITS, decision: 'failed/mails~1' })
    await paste(stage, pageOf(surfaces), 'mark-done')
    expect((await failureOf(run)).type).toBe('DoneNotProven')
    expect(await stage.testHost.must('wc -l </srv/mails-sent')).toBe(sent)
  })
})

describeInDepth('a step', () => {
  it('13 › meets the old configuration of the proxy, which was not reloaded', async () => {
    const id = 'proxy-config-20261129-0245'
    await stage.testHost.must(LAY_PROXY)
    const files = { Caddyfile: caddyfile('${{ run.id }}') }
    const run = await stage.start(await stage.plan('proxy-config', PROXY, files), { id })
    expect((await openDecision(run)).step).toBe('answers')
    const surfaces = await readSituation(stage, {
      ...{ number: 13, name: 'proxy-not-reloaded', run: id },
      truth:
        'The new Caddyfile is written, but the proxy (the same container, proxy-caddy-1) was not reloaded, so it answers with its ' +
        'old configuration. Visitors are served as before. Right: docker exec proxy-caddy-1 caddy reload …, then retry.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'failed/answers~1', recommended: 'retry' })
    await stage.testHost.must(
      'docker exec proxy-caddy-1 caddy reload --config /etc/caddy/Caddyfile --adapter caddyfile',
    )
    await paste(stage, pageOf(surfaces), 'retry')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })

  it('14 › fails, because another run had already made the thing', async () => {
    const first = 'metrics-setup-20261128-1500'
    await (await stage.start(await stage.plan('metrics-setup', NETWORK('metrics')), { id: first })).result()
    const id = 'billing-setup-20261129-0250'
    const run = await stage.start(await stage.plan('billing-setup', NETWORK('billing')), { id })
    expect((await openDecision(run)).step).toBe('network')
    const surfaces = await readSituation(stage, {
      ...{ number: 14, name: 'made-by-another-run', run: id },
      truth:
        `The network backend_net is there already: the run ${first} made it, and it belongs to that run. No visitors are affected. ` +
        'Right: rollback or stop, if it removes only what this run made (folder), and talk to the owner; a plan with a name of its ' +
        'own. Dangerous: anything that removes backend_net.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'failed/network~1' })
    await paste(stage, pageOf(surfaces), 'rollback')
    expect((await failureOf(run)).type).toBe('RolledBack')
    await stage.testHost.must('docker network inspect backend_net')
    expect((await stage.testHost.exec('test -e /srv/billing')).exitCode).toBe(1)
  })
})

describe('a script without a proof', () => {
  itInDepth('20 › was cut off by a reboot', async () => {
    const id = 'import-orders-20261129-0255'
    const run = await stage.start(await stage.plan('import-orders', IMPORT), { id })
    await appears(stage, '[ "$(wc -l </srv/orders-imported)" -ge 26 ]')
    await stage.testHost.restart({ powerLoss: true })
    await comes('a question or an end', async () => {
      const { state, decisions } = await statusOf(run)
      return decisions.length > 0 || state !== 'running'
    })
    const imported = await stage.testHost.must('wc -l </srv/orders-imported')
    const surfaces = await readSituation(stage, {
      ...{ number: 20, name: 'cut-off-by-a-reboot', run: id },
      truth:
        `The host lost power while the script ran: ${imported} of 90 orders are imported. Nothing proves the step (noProof), so ` +
        'nobody can know from the run. It is NOT done. Right: look at /srv/orders-imported, import the rest by hand, then ' +
        'mark-done; a retry imports the first ones twice.',
    })
    expectAgreement(surfaces, { ...WAITS, decision: 'failed/orders~1' })
    await paste(stage, pageOf(surfaces), 'mark-done')
    expect((await failureOf(run)).type).toBe('DoneNotProven')
  })
})

/** Kills the supervisor of a script with the script, as the OOM killer may, once the file has so many lines. */
async function killedAfter(file: string, lines: number): Promise<void> {
  const env = {
    TEST: `[ "$(wc -l <${file})" -ge ${lines} ]`,
    PATTERN: 'reinstate/bin/[^ ]* supervise|REINSTATE_ROOT=|^sh -eu -c',
  }
  const script = `timeout 60 sh -c "until $TEST; do sleep 0.02; done" 2>/dev/null; pkill -KILL -f -- "$PATTERN"`
  await stage.testHost.must(script, { env })
}

const UPLOADS = `
plan: uploads-restore
title: Restore the uploads of the shop
hosts: [server]
phases:
  - phase: restore
    title: Copy the uploads
    steps:
      - { step: uploads, kind: volume-restore, from: /backup/uploads, path: /srv/data/uploads, success: Every picture equals the backup }
`

const ORDERS = `
plan: orders-restore
title: Restore the orders
hosts: [server]
phases:
  - phase: restore
    title: Copy the orders into a fresh volume
    steps:
      - { step: orders, kind: volume-restore, from: /backup/orders, volume: orders_restored, success: Every order equals the backup }
`

const MAILS = `
plan: mail-customers
title: Tell the customers about the move
hosts: [server]
phases:
  - phase: mails
    title: Send the mails
    steps:
      - { step: list, title: Write the list of customers, kind: command, script: seq 40 >/srv/customers, undo: rm -f /srv/customers, verify: test -s /srv/customers }
      - step: mails
        title: Send a mail to each of the 40 customers
        kind: command
        script: |
          for n in $(cat /srv/customers); do
            echo "to customer $n" >>/srv/mails-sent
            echo "sent mail $n of 40"
            sleep 0.3
          done
        verify: test "$(wc -l </srv/mails-sent)" -eq 40
        cannotUndo: mails that were sent cannot be called back
        success: 40 mails are sent, one to each customer
`

const PROXY = `
plan: proxy-config
title: New configuration of the proxy
hosts: [server]
phases:
  - phase: proxy
    title: Write the configuration and probe it
    steps:
      - { step: configuration, kind: file-write, path: /srv/proxy/Caddyfile, template: Caddyfile }
      - { step: answers, kind: http-probe, url: 'http://127.0.0.1:8094/', marker: { value: '\${{ run.id }}' }, within: 5 seconds }
`

const caddyfile = (run: string) => `:80 {
	header X-Reinstate-Run "${run}"
	respond "shop"
}
`

const LAY_PROXY = `
set -eu
mkdir -p /srv/proxy
cat >/srv/proxy/Caddyfile <<'END'
${caddyfile('proxy-config-20261022-0410')}END
cat >/srv/proxy/compose.yaml <<'END'
services:
  caddy:
    image: testbed/caddy:2
    ports: ['8094:80']
    volumes: ['./:/etc/caddy:ro']
END
docker compose --progress quiet -p proxy -f /srv/proxy/compose.yaml up -d
timeout 30 sh -c 'until curl -sf http://127.0.0.1:8094/; do sleep 0.1; done'`

const NETWORK = (name: string) => `
plan: ${name}-setup
title: Set up ${name}
hosts: [server]
phases:
  - phase: set-up
    title: Create folder and network
    steps:
      - { step: folder, kind: directories, paths: [/srv/${name}/data] }
      - step: network
        title: Create the network of the back ends
        kind: command
        script: docker network create backend_net
        undo: docker network rm backend_net
        verify: docker network inspect backend_net
        effects: [{ how: creates, what: network, name: backend_net }]
`

const IMPORT = `
plan: import-orders
title: Import the orders of the old shop
hosts: [server]
phases:
  - phase: import
    title: Import the orders
    steps:
      - step: orders
        title: Import 90 orders
        kind: command
        script: |
          for n in $(seq 90); do
            echo "order $n" >>/srv/orders-imported
            sleep 0.3
          done
        cannotUndo: orders are not taken out again
        noProof: the old shop has no count to compare with
        success: 90 orders are imported
`
