import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HOLD_CHUNK_SECONDS } from '../../src/workflows/hold.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approveByTwo } from '../../testbed/approve-by-two.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { notNamed } from '../../testbed/not-named.ts'
import { shippedPhases } from '../../testbed/plan-phases.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { askAgents, definitionsOfAgents, layAgents, sendEvents } from '../../testbed/vividwalls-master.ts'
import type { AgentsFacts } from '../../testbed/vividwalls-master.ts'
import { statusOf } from '../../testbed/watch-run.ts'

/** Finished backups stay. */
const stateOf = (testHost: TestHost) => fingerprint(testHost, { exclude: ['/backup/vividwalls'] })

let stage: Stage
let facts: AgentsFacts
let before: { readonly fingerprint: string; readonly definitions: string; readonly v1: string }
let client: ReturnType<typeof sendEvents>
beforeAll(async () => {
  stage = await openStage({ images: 'apps', ports: [8080] })
  facts = await layAgents(stage)
  const { testHost } = stage
  before = {
    fingerprint: await stateOf(testHost),
    definitions: await definitionsOfAgents(testHost),
    v1: await v1(),
  }
  client = sendEvents(testHost)
}, 900_000)
afterAll(async () => {
  await client.stop()
  await stage.close()
})

const ID = 'weeks-one'
const plan = await shippedPhases('vividwalls-master')
/** Scheduled, started, completed; and the same of the workflow task. */
const EVENTS_OF_AN_ACTIVITY = 6
const ask = (query: string) => askAgents(stage.testHost, query)
const v1 = () =>
  stage.testHost.must("docker inspect --format '{{.Id}} {{.State.Status}}' vividwalls-v1-agents-1")
const AGENTS =
  'select (select count(*) from agents.agent), (select count(*) from agents.path), (select count(*) from agents.knowledge), (select count(*) from agents.event left join agents.action on event_id = id where event_id is null)'

const BY = ['architect', 'qa'] as const

describe('twelve weeks of VividWalls', { timeout: 1_800_000 }, () => {
  it('bring 48 agents to 28 by gates of two people, while clients send: one action to each event, and nothing lost', async () => {
    const run = await stage.start('vividwalls-master', { id: ID, inputs: facts.inputs })
    const decisions = await approveByTwo(run, {
      by: BY,
      minutes: 27,
      before: async (decision) => {
        // A sale of the weeks between.
        if (decision === 'gate/canary')
          await ask(
            "insert into shop.purchase (id, customer_id, total, paid_at) select md5('since')::uuid, id, 12.34, now() from shop.customer limit 1",
          )
      },
    })
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(decisions.filter((decision) => decision.startsWith('gate/'))).toEqual(
      ['expand', 'consolidate-1', 'canary', 'half', 'full', 'contract'].map((phase) => `gate/${phase}`),
    )
    expect(await ask(AGENTS)).toBe('28|784|480|0')
    expect(
      await ask(
        "select count(distinct agent_id) from agents.action join agents.event on event.id = event_id where topic = 'client.asks'",
      ),
    ).not.toBe('0')
    expect(await ask("select amount from finance.transaction where purchase_id = md5('since')::uuid")).toBe(
      '12.34',
    )
    expect(await v1()).toBe(before.v1.replace('running', 'exited'))
    // Nothing of the copies is left.
    expect(
      await stage.testHost.must(
        'docker ps -aq --filter name=staging --filter name=copy; docker volume ls -q | grep -E "staging|copy" || :; ls /srv',
      ),
    ).toBe(`vividwalls\nvividwalls-v1\nvividwalls-${ID}`)
  })

  it('are reported with the evidence of each week, and what was only stated', async () => {
    const file = join(stage.folder, 'report.md')
    expect((await stage.cli('report', ID, '--markdown', file)).exitCode).toBe(0)
    const report = await readFile(file, 'utf8')
    for (const week of Array.from({ length: 12 }, (_, index) => index + 1))
      expect(report).toMatch(new RegExp(`Week ${week}\\b`))
    expect(report).toMatch(/20 buyers at once, one last copy: 1 sold, 19 refused/)
    for (const secret of facts.secrets) expect(report).not.toContain(secret)
  })

  it('need fewer than 4,096 events of each workflow, if they really take twelve weeks', async () => {
    const phases = plan.map((phase) => `${ID}/${phase}`)
    const lengths = await Promise.all(
      [ID, ...phases].map(async (id) => (await stage.client.workflow.getHandle(id).describe()).historyLength),
    )
    // A hold of many days is one activity for each six hours, with the workflow task that starts the next.
    const ofHolds = ((12 * 7 * 24 * 3600) / HOLD_CHUNK_SECONDS) * EVENTS_OF_AN_ACTIVITY
    console.info(
      `events: ${lengths[0]} of the run, at most ${Math.max(...lengths.slice(1))} of a phase, and ${ofHolds} more if it held for 12 weeks`,
    )
    expect(Math.max(...lengths) + ofHolds).toBeLessThan(4096)
  })

  it('are rolled back to the first day while clients send: 48 agents, its definitions, every event acted on once, and rows since in named dumps', async () => {
    const words = ['rollback', ID, '--by', 'architect', '--reason', 'a test', '--detach']
    expect((await stage.cli(...words)).exitCode).toBe(0)
    const rollback = stage.client.workflow.getHandle(`${ID}/rollback`)
    await approveByTwo(rollback, { by: BY, minutes: 10 })
    await rollback.result()
    const { acted, failed } = await client.stop()
    expect(failed).toEqual([])
    expect(acted.length).toBeGreaterThan(100)

    const { testHost } = stage
    expect(await ask(AGENTS)).toBe('48|2304|480|0')
    expect(await definitionsOfAgents(testHost)).toBe(before.definitions)
    expect(await v1()).toBe(before.v1)
    const kept = new Set(
      (
        await ask(
          "select event_id from agents.action join agents.event on event.id = event_id where topic = 'client.asks'",
        )
      ).split('\n'),
    )
    expect(acted.filter((id) => !kept.has(id))).toEqual([])
    expect(
      await ask('select count(*) from agents.action where agent_id not in (select id from agents.agent)'),
    ).toBe('0')

    const run = stage.client.workflow.getHandle(ID)
    const leftovers = [...(await statusOf(run)).leftovers, ...(await statusOf(rollback)).leftovers]
    const named = leftovers.map(({ what, why }) => `${what}: ${why}`).join('\n')
    const dumps = named.match(/\/\S+\.dump/g) ?? []
    const counts = await Promise.all(
      dumps.map((dump) =>
        testHost.must(
          `docker exec -i vividwalls-agents-db-1 pg_restore -a -f - < ${dump} | grep -c "\\b12\\.34\\b" || :`,
        ),
      ),
    )
    expect(counts.filter((count) => count !== '0').length, named).toBeGreaterThan(0)
    expect(notNamed(diffFingerprints(before.fingerprint, await stateOf(testHost)), named)).toEqual([])
  })
})
