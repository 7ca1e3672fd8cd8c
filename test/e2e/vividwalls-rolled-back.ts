import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { notNamed } from '../../testbed/not-named.ts'
import { accountFor } from '../../testbed/vividwalls-accounts.ts'
import type { Place } from '../../testbed/vividwalls-accounts.ts'
import { writingClient } from '../../testbed/vividwalls-client.ts'
import { visit } from '../../testbed/vividwalls-visit.ts'
import { layVividwalls, neighboursAreUntouched, VIVIDWALLS_PORTS } from '../../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../../testbed/vividwalls.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { failureOf, statusOf } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import {
  answerToTheEnd,
  approveUntilAStepFails,
  failingAtTheEndOf,
  runningIn,
} from '../../testbed/plan-phases.ts'
import { vividwallsInputs } from '../../testbed/vividwalls-inputs.ts'

/** How a run that failed is rolled back, and what is said then of what stays. */
export interface Way {
  readonly said: string
  readonly onFailure: 'ask' | 'rollback'
  readonly rollback: (stage: Stage, run: WorkflowHandle) => Promise<string>
}

export const byItsWorker: Way = {
  said: 'by its worker',
  onFailure: 'rollback',
  async rollback(_stage, run) {
    await answerToTheEnd(run)
    const { type, message } = await failureOf(run)
    expect(type).toBe('RolledBack')
    expect(message).toContain('step breaks failed')
    const { leftovers } = await statusOf(run)
    for (const { what, why } of leftovers) expect(message).toContain(`${what}: ${why}`)
    return message
  },
}

/** Temporal and its worker are killed once the step has failed; a person at the worker's machine goes by what hosts know. */
export const byHand: Way = {
  said: 'by hand, with Temporal gone',
  onFailure: 'ask',
  async rollback(stage, run) {
    await answerToTheEnd(run, approveUntilAStepFails)
    await stage.worker.kill('SIGKILL')
    await stage.server.kill()
    const words = ['rollback', run.workflowId, '--from-host', 'server', '--yes']
    const { exitCode, stdout, stderr } = await stage.cli(...words)
    expect(`${stdout}\n${stderr}`).toContain(`${run.workflowId} rolled back, without Temporal`)
    expect(exitCode).toBe(0)
    // For the next phase there is a Temporal again. This run is nobody's any more.
    await stage.server.start()
    await run.terminate('undone by hand')
    await stage.worker.start()
    return stdout
  },
}

/** Tells of each of these phases: a run that fails after its last step is rolled back, and nothing is lost. */
export function tellOfRollbackFrom(phases: readonly string[], way: Way = byItsWorker): void {
  let stage: Stage
  let facts: VividwallsFacts
  beforeAll(async () => {
    stage = await openStage({ hosts: '  local: { local: true }', ports: VIVIDWALLS_PORTS })
    facts = await layVividwalls(stage.testHost)
  })
  afterAll(() => stage.close())

  const credentials = async () => (await visit(stage.testHost, `${facts.urls.n8n}/rest/credentials`)).text
  const exists = async (volume: string) =>
    (await stage.testHost.exec(`docker volume inspect ${volume}`)).exitCode === 0

  describe(
    `VividWalls under a client that writes all the time, failed and rolled back ${way.said}`,
    { timeout: 600_000 },
    () => {
      it.each(phases)(
        'after the last step of %s: the old stack serves on, every row is accounted for',
        async (phase) => {
          const id = `after-${phase}`
          const [before, oldIds] = [
            await fingerprint(stage.testHost),
            await runningIn(stage.testHost, facts.old.project),
          ]
          const client = writingClient(stage.testHost, `${facts.urls.n8n}/webhook/orders`)
          const run = await stage.start(
            await failingAtTheEndOf(stage, { plan: 'vividwalls-restore', phase, onFailure: way.onFailure }),
            {
              id,
              inputs: await vividwallsInputs(stage.folder, facts),
            },
          )
          const named = await way.rollback(stage, run)

          // The same containers, with the rows that only they have.
          expect(await runningIn(stage.testHost, facts.old.project)).toEqual(oldIds)
          await expect
            .poll(() => credentials().catch(() => ''), { timeout: 60_000 })
            .toBe(facts.broken.n8n.credentials)
          expect(await neighboursAreUntouched(stage.testHost, facts)).toBe(true)

          const { acknowledged } = await client.stop()
          const restored = `vividwalls_n8n_db_${id}`
          const places: Record<string, Place> = { old: { volume: facts.old.volumes.n8n, of: 'n8n' } }
          if (await exists(restored)) places['new'] = { volume: restored, of: 'n8n' }
          const { found, lost } = await accountFor(stage.testHost, acknowledged, places)
          expect(lost).toEqual([])
          expect(found['old']?.length).toBeGreaterThan(0)

          // What is not as before is named, each thing by its name.
          const differences = diffFingerprints(before, await fingerprint(stage.testHost))
          expect(notNamed(differences, named)).toEqual([])
        },
      )
    },
  )
}
