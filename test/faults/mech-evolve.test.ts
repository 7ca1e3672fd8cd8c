import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { hitEachPhase } from '../../testbed/hit-each-phase.ts'
import { askMech, liveMech, openMechStage, releaseMech, writeToMech } from '../../testbed/mech.ts'
import type { MechFacts } from '../../testbed/mech.ts'
import { notNamed } from '../../testbed/not-named.ts'
import {
  answerToTheEnd,
  approveAll,
  failingAtTheEndOf,
  shippedPhases,
  shippedWithout,
} from '../../testbed/plan-phases.ts'
import { REGISTRY } from '../../testbed/registry.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { failureOf, statusOf } from '../../testbed/watch-run.ts'

const plan = 'mech-evolve'
const phases = await shippedPhases(plan)
const PUSHED = phases.slice(phases.indexOf('publish'))
const SECONDS = 1440
/** They leave nothing, and take most of the time: only the tests that fail in them run them. */
const CLEARED = ['ladder', 'rehearse']
/** The database of the tests sorts all documents for a list: of many thousands that takes it too long. */
const PER_SECOND = 2

let stage: Stage
let facts: MechFacts
beforeAll(async () => {
  ;({ stage, facts } = await openMechStage())
})
afterAll(() => stage.close())

const must = (script: string) => stage.testHost.must(script)
const stateOf = (container: string) =>
  must(`docker inspect --format '{{.Id}} {{.Image}} {{.State.Status}}' ${container}`)
const startedAt = () =>
  must("docker inspect --format '{{.State.StartedAt}}' mech-base-db-1 mech-base-proxy-1")
const serving = async () => (await askMech(stage.testHost, facts, '/version')).release
/** The digest that the registry serves for a version; empty if there is none. */
const published = (version: string) =>
  must(`curl -sI -H 'Accept: application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json' \
    http://${REGISTRY}/v2/mech-evolve/manifests/${version} | tr -d '\\r' | sed -n 's/^docker-content-digest: //Ip'`)

const quickPlan = () => shippedWithout(stage, { plan, phases: CLEARED })

/** Runs the plan with a step that fails at the end of a phase. Returns what its rollback reports as left behind. */
async function rolledBackAfter(phase: string, id: string, inputs: Record<string, string>): Promise<string> {
  const without = CLEARED.filter((other) => other !== phase)
  const failing = await failingAtTheEndOf(stage, { plan, phase, without })
  const run = await stage.start(failing, { id, inputs: { ...facts.inputs, ...inputs } })
  await answerToTheEnd(run, approveAll, { by: 'lead', seconds: SECONDS })
  const { type, message } = await failureOf(run)
  expect(type).toBe('RolledBack')
  expect(message).toContain('step breaks failed')
  const { leftovers } = await statusOf(run)
  return leftovers.map(({ what, why }) => `${what}: ${why}`).join('\n')
}

describe('the first release of mech-evolve, failed and rolled back', { timeout: 1_500_000 }, () => {
  it('production: nothing of it is left but what the rollback names', async () => {
    const before = await fingerprint(stage.testHost)
    const named = await rolledBackAfter('production', 'first', { version: '0.9.0' })
    expect(notNamed(diffFingerprints(before, await fingerprint(stage.testHost)), named), named).toEqual([])
  })
})

describe('the next release of mech-evolve, while a client writes', { timeout: 1_500_000 }, () => {
  beforeAll(async () => {
    await releaseMech(stage, facts, { version: '1.0.0', plan: await quickPlan() })
  }, 900_000)

  it('whose worker is killed in the build, the push and the switch: it goes on, each was done once, and no request failed', async () => {
    const live = await liveMech(stage.testHost)
    const base = await startedAt()
    const client = writeToMech(stage.testHost, facts, PER_SECOND)
    const inputs = { ...facts.inputs, version: '1.1.0', ...live }
    const run = await stage.start(await quickPlan(), { id: 'killed', inputs })
    const [hits] = await Promise.all([
      hitEachPhase(stage, run, [
        { phase: 'build', fault: 'worker', step: 'image' },
        { phase: 'publish', fault: 'worker', step: 'pushed' },
        { phase: 'production', fault: 'worker', step: 'release' },
      ]),
      answerToTheEnd(run, approveAll, { by: 'lead', seconds: SECONDS }),
    ])
    expect(hits.map(({ step }) => step)).toEqual(['image', 'pushed', 'release'])
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect((await client.stop()).failed).toEqual([])

    expect(await serving()).toBe('killed')
    expect(await startedAt()).toBe(base)
    expect(await stateOf('mech-release-1-0-0-app-1')).toMatch(/ exited$/)
    const { live: now, previous } = await liveMech(stage.testHost)
    expect(now).toBe('mech-killed')
    expect(await must('docker inspect --format "{{.Config.Image}}" mech-killed-app-1')).toBe(previous)
    expect(previous).toBe(`${REGISTRY}/mech-evolve@${await published('1.1.0')}`)
  })

  it.each(phases)(
    'failed at the end of %s and rolled back: the one before serves from its container, no request failed, and every document is there',
    async (phase) => {
      const version = `1.2.${phases.indexOf(phase)}`
      const live = await liveMech(stage.testHost)
      const [before, old, base] = [
        await fingerprint(stage.testHost),
        await stateOf(`${live.live}-app-1`),
        await startedAt(),
      ]
      const client = writeToMech(stage.testHost, facts, PER_SECOND)
      const named = await rolledBackAfter(phase, `after-${phase}`, { version, ...live })
      const { acknowledged, failed } = await client.stop()

      expect(failed).toEqual([])
      expect(acknowledged).not.toEqual([])
      for (const id of acknowledged.filter((_, index) => index % 20 === 0))
        expect((await askMech(stage.testHost, facts, `/api/agents/${id}`)).status).toBe(200)
      expect(`mech-${await serving()}`).toBe(live.live)
      expect(await stateOf(`${live.live}-app-1`)).toBe(old)
      expect(await startedAt()).toBe(base)
      expect(await liveMech(stage.testHost)).toEqual(live)
      const digest = await published(version)
      expect(digest !== '').toBe(PUSHED.includes(phase))
      if (digest !== '') expect(named).toContain(`${REGISTRY}/mech-evolve@${digest}`)
      expect(notNamed(diffFingerprints(before, await fingerprint(stage.testHost)), named), named).toEqual([])
    },
  )
})
