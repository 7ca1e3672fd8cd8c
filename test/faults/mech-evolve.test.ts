import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { failAtTheEndOf } from '../../testbed/failing-plan.ts'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import {
  askMech,
  copyOfMech,
  liveMech,
  openMechStage,
  releaseMech,
  withShortLoad,
  writeToMech,
  type MechFacts,
} from '../../testbed/mech.ts'
import { notNamed } from '../../testbed/not-named.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { answerToTheEnd, approveAll } from '../../testbed/plan-phases.ts'
import { failureOf } from '../../testbed/watch-run.ts'

let stage: Stage
let facts: MechFacts
beforeAll(async () => {
  ;({ stage, facts } = await openMechStage())
  const plan = await copyOfMech(stage, 'mech-short', withShortLoad)
  await releaseMech(stage, facts, { version: '1.0.0', plan, inputs: { soak: '10 seconds' } })
  await askMech(stage.testHost, facts, '/api/agents', { id: 'before', name: 'Written to 1.0.0' })
}, 900_000)
afterAll(() => stage.close())

/** The shipped plan with a short load test and a step that fails at the end of a phase. */
const failingIn = (phase: string) =>
  copyOfMech(stage, `mech-until-${phase}`, (plan) => {
    const document = parseDocument(withShortLoad(plan))
    failAtTheEndOf(document, phase)
    return document.toString()
  })
const serving = async () => (await askMech(stage.testHost, facts, '/version')).release
const statusOf = async (id: string) => (await askMech(stage.testHost, facts, `/api/agents/${id}`)).status

describe('a release of mech-evolve that fails at the end of a phase', { timeout: 600_000 }, () => {
  const phases = ['design', 'build', 'ladder', 'publish', 'rehearse', 'production', 'validate', 'soak']
  it.each(phases)(
    '%s: the version before serves on without a failed request, and what stays is named',
    async (phase) => {
      const [before, live] = [await fingerprint(stage.testHost), await liveMech(stage.testHost)]
      const client = writeToMech(stage.testHost, facts)
      const run = await stage.start(await failingIn(phase), {
        id: `fails-${phase}`,
        inputs: { ...facts.inputs, ...live, version: `1.1.${phases.indexOf(phase)}`, soak: '10 seconds' },
      })
      await answerToTheEnd(run, approveAll, { by: 'lead' })
      const { type, message } = await failureOf(run)
      const { acknowledged, failed } = await client.stop()

      expect(message).toContain('step breaks failed')
      expect(type).toBe('RolledBack')
      expect(failed).toEqual([])
      expect(await serving()).toBe('release-1-0-0')
      expect(await liveMech(stage.testHost)).toEqual(live)
      // Also the documents that the new version took.
      const some = acknowledged.filter((_, index) => index % 20 === 0)
      expect(new Set(await Promise.all(['before', ...some].map(statusOf)))).toEqual(new Set([200]))
      const differences = diffFingerprints(before, await fingerprint(stage.testHost))
      expect(notNamed(differences, message), differences.join('\n')).toEqual([])
    },
  )
})
