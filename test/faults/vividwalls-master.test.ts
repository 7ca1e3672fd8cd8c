import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approveByTwo } from '../../testbed/approve-by-two.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { notNamed } from '../../testbed/not-named.ts'
import { failingAtTheEndOf } from '../../testbed/plan-phases.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { askAgents, definitionsOfAgents, layAgents, sendEvents } from '../../testbed/vividwalls-master.ts'
import type { AgentsFacts } from '../../testbed/vividwalls-master.ts'
import { failureOf, statusOf } from '../../testbed/watch-run.ts'

/** A phase of each week from the second on; the other test of the plan rolls back after the last. */
const WEEKS = [
  'expand',
  'consolidate-1',
  'finance',
  'segments',
  'kpi',
  'views',
  'governance',
  'business',
].concat([...['staging', 'full', 'soak']])

/** Finished backups stay. */
const stateOf = (testHost: TestHost) => fingerprint(testHost, { exclude: ['/backup/vividwalls'] })

let stage: Stage
let facts: AgentsFacts
beforeAll(async () => {
  stage = await openStage({ images: 'apps', ports: [8080] })
  facts = await layAgents(stage)
}, 900_000)
afterAll(() => stage.close())

describe(
  'vividwalls-master, failed at the end of a week and rolled back while clients send',
  { timeout: 1_500_000 },
  () => {
    it.each(WEEKS)(
      '%s: 48 agents and the definitions of the first day, and every event acted on once',
      async (phase) => {
        const { testHost } = stage
        const [before, definitions] = [await stateOf(testHost), await definitionsOfAgents(testHost)]
        const client = sendEvents(testHost)
        const plan = await failingAtTheEndOf(stage, { plan: 'vividwalls-master', phase })
        const run = await stage.start(plan, { id: `after-${phase}`, inputs: facts.inputs })
        await approveByTwo(run, { by: ['architect', 'qa'], minutes: 24 }).finally(() => client.stop())
        const { type, message } = await failureOf(run)
        expect(type).toBe('RolledBack')
        expect(message).toContain('step breaks failed')

        const { acted, failed } = await client.stop()
        expect(failed).toEqual([])
        const kept = new Set((await askAgents(testHost, 'select event_id from agents.action')).split('\n'))
        expect(acted.filter((id) => !kept.has(id))).toEqual([])
        expect(
          await askAgents(testHost, 'select count(*), (select count(*) from agents.path) from agents.agent'),
        ).toBe('48|2304')
        expect(await definitionsOfAgents(testHost)).toBe(definitions)
        const { leftovers } = await statusOf(run)
        const named = leftovers.map(({ what, why }) => `${what}: ${why}`).join('\n')
        expect(notNamed(diffFingerprints(before, await stateOf(testHost)), named)).toEqual([])
      },
    )
  },
)
