import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { hitEachPhase } from '../../testbed/hit-each-phase.ts'
import {
  askForList,
  askMiyabi,
  definitionsAfter,
  definitionsOf,
  dumpsWith,
  layMiyabi,
  servingNow,
} from '../../testbed/miyabi.ts'
import type { MiyabiFacts } from '../../testbed/miyabi.ts'
import { notNamed } from '../../testbed/not-named.ts'
import { answerToTheEnd, approveAll, failingAtTheEndOf, shippedPhases } from '../../testbed/plan-phases.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { failureOf, statusOf } from '../../testbed/watch-run.ts'

const plan = 'miyabi-reconstruction'
const phases = await shippedPhases(plan)
/** From here on a container of the new version runs, and may write. */
const GREEN_RUNS = phases.slice(phases.indexOf('green'))
const [SECONDS, PEOPLE] = [1440, ['lead', 'on-call']]

/** A finished backup stays. */
const stateOf = (testHost: TestHost) => fingerprint(testHost, { exclude: ['/backup/miyabi'] })

let stage: Stage
let facts: MiyabiFacts
beforeAll(async () => {
  stage = await openStage({ images: 'apps', ports: [8080] })
  facts = await layMiyabi(stage)
})
afterAll(() => stage.close())

const must = (script: string) => stage.testHost.must(script)
const blue = () => must("docker inspect --format '{{.Id}} {{.State.Status}}' miyabi-blue-api-1")

/** Signs up in the new version as soon as it answers, while the run is open. Returns whether it did. */
async function signUp(run: WorkflowHandle, email: string): Promise<boolean> {
  const account = JSON.stringify({ email, name: 'Ann', password: 'correct horse battery' })
  const script = `fetch("http://127.0.0.1:3000/api/auth/sign-up", { method: "POST", headers: { "content-type": "application/json" }, body: process.argv[1] })
    .then(({ status }) => console.log(status), () => console.log("no answer"))`
  const ask = `docker exec miyabi-${run.workflowId}-api-1 node -e '${script}' '${account}' 2>/dev/null || :`
  while ((await run.describe()).status.name === 'RUNNING') {
    if ((await must(ask)) === '201') return true
    await wait(500)
  }
  return false
}

describe(
  'Miyabi, failed at the end of a phase and rolled back while clients ask',
  { timeout: 1_500_000 },
  () => {
    it.each(phases)(
      '%s: blue serves from its container and no request fails, the schema is as before, and what green wrote is in a named dump',
      async (phase) => {
        const id = `after-${phase}`
        const [before, definitions, old] = [
          await stateOf(stage.testHost),
          await definitionsOf(stage.testHost),
          await blue(),
        ]
        const client = askForList(stage.testHost, 5)
        const failing = await failingAtTheEndOf(stage, { plan, phase })
        const run = await stage.start(failing, { id, inputs: facts.inputs })
        const writes = GREEN_RUNS.includes(phase)
        const [wrote] = await Promise.all([
          writes && signUp(run, `${id}@example.org`),
          answerToTheEnd(run, approveAll, { by: PEOPLE, seconds: SECONDS }),
        ])
        const { type, message } = await failureOf(run)
        const { asked, failed } = await client.stop()
        expect(type).toBe('RolledBack')
        expect(message).toContain('step breaks failed')

        expect(failed).toEqual([])
        expect(asked).toBeGreaterThan(10)
        expect(await servingNow(stage.testHost)).toMatchObject({ release: 'blue', serves: 'list' })
        expect(await blue()).toBe(old)
        expect(await definitionsOf(stage.testHost)).toBe(definitions)
        const { leftovers } = await statusOf(run)
        const named = leftovers.map(({ what, why }) => `${what}: ${why}`).join('\n')
        expect(wrote).toBe(writes)
        if (writes) expect(await dumpsWith(stage.testHost, named, `${id}@example.org`), named).toBe(1)
        expect(notNamed(diffFingerprints(before, await stateOf(stage.testHost)), named)).toEqual([])
      },
    )
  },
)

describe('Miyabi, whose worker is killed', { timeout: 1_500_000 }, () => {
  it('during the build, the migration and the switch: it ends as it would have, each was done once, and no request failed', async () => {
    const wanted = await definitionsAfter(stage.testHost)
    const client = askForList(stage.testHost, 5)
    const run = await stage.start(plan, { id: 'killed', inputs: facts.inputs })
    const [hits] = await Promise.all([
      hitEachPhase(stage, run, [
        { phase: 'image', fault: 'worker', step: 'image' },
        { phase: 'production-database', fault: 'worker', step: 'rbac-live' },
        { phase: 'switch', fault: 'worker', step: 'release' },
      ]),
      answerToTheEnd(run, approveAll, { by: PEOPLE, seconds: SECONDS }),
    ])
    expect(hits.map(({ phase }) => phase)).toEqual(['image', 'production-database', 'switch'])
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect((await client.stop()).failed).toEqual([])
    expect(await servingNow(stage.testHost)).toMatchObject({ release: 'killed', serves: 'everything' })
    // The ledger of the migrations is the run's own.
    expect(await definitionsOf(stage.testHost, '-N reinstate miyabi')).toBe(wanted)
    expect(
      await askMiyabi(stage.testHost, 'select count(*), count(distinct name) from reinstate.applied'),
    ).toBe('5|5')
    expect(
      await must(
        "docker ps -aq --filter name=staging --filter name=rehearsal; docker images -q 'miyabi' | wc -l",
      ),
    ).toBe('1')
  })
})
