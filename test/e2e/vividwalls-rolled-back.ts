import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { nameIn, notNamed } from '../../testbed/not-named.ts'
import { accountFor } from '../../testbed/vividwalls-accounts.ts'
import type { Place } from '../../testbed/vividwalls-accounts.ts'
import { writingClient } from '../../testbed/vividwalls-client.ts'
import { visit } from '../../testbed/vividwalls-visit.ts'
import { layVividwalls, neighboursAreUntouched, VIVIDWALLS_PORTS } from '../../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../../testbed/vividwalls.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { failureOf, statusOf } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { answerToTheEnd, failingAtTheEndOf, runningIn } from '../../testbed/vividwalls-phases.ts'
import { vividwallsInputs } from '../../testbed/vividwalls-inputs.ts'

/** Tells of each of these phases: a run that fails after its last step is rolled back, and nothing is lost. */
export function tellOfRollbackFrom(phases: readonly string[]): void {
  let stage: Stage
  let facts: VividwallsFacts
  beforeAll(async () => {
    stage = await openStage({ hosts: '  local: { local: true }', ports: VIVIDWALLS_PORTS })
    facts = await layVividwalls(stage.droplet)
  })
  afterAll(() => stage.close())

  const credentials = async () => (await visit(stage.droplet, `${facts.urls.n8n}/rest/credentials`)).text
  const exists = async (volume: string) =>
    (await stage.droplet.exec(`docker volume inspect ${volume}`)).exitCode === 0

  describe(
    'VividWalls under a client that writes all the time, failed and rolled back',
    { timeout: 600_000 },
    () => {
      it.each(phases)(
        'after the last step of %s: the old stack serves on, every row is accounted for',
        async (phase) => {
          const id = `after-${phase}`
          const [before, oldIds] = [
            await fingerprint(stage.droplet),
            await runningIn(stage.droplet, facts.old.project),
          ]
          const client = writingClient(stage.droplet, `${facts.urls.n8n}/webhook/orders`)
          const run = await stage.start(await failingAtTheEndOf(stage, phase), {
            id,
            inputs: await vividwallsInputs(stage.folder, facts),
          })
          await answerToTheEnd(run)
          const { type, message } = await failureOf(run)
          expect(type).toBe('RolledBack')
          expect(message).toContain('step breaks failed')

          // The same containers, with the rows that only they have.
          expect(await runningIn(stage.droplet, facts.old.project)).toEqual(oldIds)
          await expect
            .poll(() => credentials().catch(() => ''), { timeout: 60_000 })
            .toBe(facts.broken.n8n.credentials)
          expect(await neighboursAreUntouched(stage.droplet, facts)).toBe(true)

          const { acknowledged } = await client.stop()
          const restored = `vividwalls_n8n_db_${id}`
          const places: Record<string, Place> = { old: { volume: facts.old.volumes.n8n, of: 'n8n' } }
          if (await exists(restored)) places['new'] = { volume: restored, of: 'n8n' }
          const { found, lost } = await accountFor(stage.droplet, acknowledged, places)
          expect(lost).toEqual([])
          expect(found['old']?.length).toBeGreaterThan(0)

          // What is not as before is named, each thing by its name.
          const named = (await statusOf(run)).leftovers.map(({ what, why }) => `${what}: ${why}`).join('\n')
          const differences = diffFingerprints(before, await fingerprint(stage.droplet))
          expect(notNamed(differences, named)).toEqual([])
          for (const line of differences) expect(message).toContain(nameIn(line))
        },
      )
    },
  )
}
