import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { accountOfClient, askBus, layBus, messagesInDump, openTunnel } from '../../testbed/bus.ts'
import type { BusFacts } from '../../testbed/bus.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { notNamed } from '../../testbed/not-named.ts'
import { answerToTheEnd, approveAll } from '../../testbed/plan-phases.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { statusOf } from '../../testbed/watch-run.ts'
import { openBrowser } from './browser.ts'

/** A finished backup stays. */
const stateOf = (testHost: TestHost) => fingerprint(testHost, { exclude: ['/backup/bus'] })

let stage: Stage
let facts: BusFacts
let browser: Browser
let before: { readonly fingerprint: string; readonly daemon: string; readonly env: string }
beforeAll(async () => {
  stage = await openStage({ images: 'apps', ports: [8765] })
  facts = await layBus(stage.testHost)
  browser = await openBrowser()
  before = { fingerprint: await stateOf(stage.testHost), daemon: await daemon(), env: await must(ENV) }
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

const ID = 'bus-one'
const ENV = 'sha256sum /srv/bus/daemon.env'
const must = (script: string) => stage.testHost.must(script)
const daemon = () => must("docker inspect --format '{{.Id}} {{.State.Status}}' bus-daemon-1")
const serving = async () => {
  const response = await fetch(`http://127.0.0.1:${stage.testHost.httpPort(8765)}/version`)
  return (await response.json()) as { release: string; mode: string }
}

/** What each proof of the plan has to say. */
const PROOFS = [
  /grade proven manifested/,
  /table message_bus: 6 of its 7 indexes, row level security not forced, a policy for everybody; a cleanup function that nothing calls/,
  /the anonymous role tried (\d+) statements: \1 refused, 0 not/,
  /5 sizes from 1024 to 10485760 bytes with 3 contents each: 15 of 15 are equal byte for byte/,
  /20 senders at once, 1,000 messages in .*: 0 lost, 0 mixed, 0 doubled, 0 not received/,
  /refused by its id at 20 MB, 0 rows stored/,
  /6 messages expired, 3 of them delivered: 0 left .* counted 3 delivered and 3 not delivered/,
  /opened after 5 failures, the daemon's is (half-)?open; 38 inline, 2 refused by name, 0 truncated, 0 through the bus/,
  /half-open [5-9]\.\d s after it opened, and is closed; 38 inline and 2 sent again are in the bus: 0 lost, 0 doubled/,
  /300 observed intact, 0 missed, 0 damaged/,
]

describe('the message bus', { timeout: 1_500_000 }, () => {
  it('is proven on a copy, and cut over while clients send: nothing is lost or doubled', async () => {
    const run = await stage.start('message-bus', { id: ID, inputs: facts.inputs })
    const decisions = await answerToTheEnd(run, approveAll, { by: 'lead', seconds: 1440 })
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(decisions.map(({ decision }) => decision)).toEqual([
      'gate/beside',
      'gate/cut',
      'attest/file-pathway~1',
      'attest/architecture~1',
    ])
    const shown = (await stage.cli('show', ID)).stdout.replaceAll(/\s+/g, ' ')
    for (const proof of PROOFS) expect(shown).toMatch(proof)

    const { downtime } = await statusOf(run)
    expect(downtime).toMatchObject({ from: 'old-stopped', to: 'answers' })
    expect(await serving()).toMatchObject({ release: ID, mode: 'dual' })
    expect(await daemon()).toBe(before.daemon.replace('running', 'exited'))
    expect(await accountOfClient(stage.testHost)).toMatch(/: 0 lost, 0 damaged, 0 doubled, 0 unknown; [1-9]/)
    // Nothing of the copy is left.
    expect(
      await must('docker ps -aq --filter name=shadow; docker volume ls -q | grep shadow || :; ls /srv'),
    ).toBe(`bus\nbus-${ID}\nbus-client`)
  })

  it('changed nine variables of the env file, and none of its other lines', async () => {
    const text = await must('cat /srv/bus/daemon.env')
    expect(text).toContain("\nLOG_LEVEL='info'   # debug floods the disk\n")
    expect(text).toContain('\nMESSAGE_BUS_ENABLED=true\n')
    expect(text).not.toContain('MESSAGE_BUS_ENABLED=false')
    expect(text.startsWith('# The daemon reads this file.\nDATABASE_URL=postgres://bus_app:canary')).toBe(
      true,
    )
  })

  it('shows in the browser the numbers that SQL gives', async () => {
    await must('docker stop bus-client-client-1')
    const totals = () => askBus(stage.testHost, 'select messages, delivered, observed, errors from bus.flow')
    await expect.poll(totals, { timeout: 60_000 }).toMatch(/^(\d+)\|\1\|\1\|0$/)
    const { url, close } = await openTunnel(stage.testHost, 8090)
    try {
      const page = await browser.newPage({ viewport: { width: 1100, height: 900 } })
      await page.goto(url)
      const shown = await Promise.all(
        ['written', 'delivered', 'observed', 'errors'].map((stageOfFlow) =>
          page.innerText(`#${stageOfFlow} b`),
        ),
      )
      expect(shown.join('|').replaceAll(',', '')).toBe(await totals())
      expect(await page.innerText('[aria-label=Alerts]')).toBe('No alerts')
      await mkdir(packageFolder('test-results'), { recursive: true })
      await page.screenshot({
        path: join(packageFolder('test-results'), 'message-bus-dashboard.png'),
        fullPage: true,
      })
    } finally {
      close()
      await must('docker start bus-client-client-1')
    }
  })

  it('is rolled back while clients send: the old daemon serves from its container, the rows are in a named dump', async () => {
    const rows = Number(await askBus(stage.testHost, 'select count(*) from bus.message'))
    const words = ['rollback', ID, '--by', 'lead', '--reason', 'a test', '--detach']
    expect((await stage.cli(...words)).exitCode).toBe(0)
    const rollback = stage.client.workflow.getHandle(`${ID}/rollback`)
    await answerToTheEnd(rollback, approveAll, { by: 'lead' })
    await rollback.result()

    const named = (await statusOf(rollback)).leftovers.map(({ what, why }) => `${what}: ${why}`).join('\n')
    expect(await daemon()).toBe(before.daemon)
    expect(await serving()).toMatchObject({ mode: 'old' })
    expect(await must(ENV)).toBe(before.env)
    expect(
      await askBus(stage.testHost, "select nspname from pg_namespace where nspname in ('bus', 'reinstate')"),
    ).toBe('')
    const [dump = ''] = /\/\S+\.dump/.exec(named) ?? []
    expect(dump, named).not.toBe('')
    expect(named).toContain(`path /backup/bus/${ID}: a finished backup is kept`)
    expect(await messagesInDump(stage.testHost, dump)).toBeGreaterThanOrEqual(rows)
    expect(await accountOfClient(stage.testHost)).toMatch(
      /: 0 lost, 0 damaged, 0 doubled, 0 unknown; 0 in the bus/,
    )
    expect(notNamed(diffFingerprints(before.fingerprint, await stateOf(stage.testHost)), named)).toEqual([])
  })
})
