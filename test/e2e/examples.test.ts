import { chmod, rename, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleOf } from '../../src/cli/example-of.ts'
import { kinds } from '../../src/steps/index.ts'
import type { PhaseResult } from '../../src/workflows/messages.ts'
import type { RunStatus } from '../../src/workflows/status.ts'
import { EXAMPLES, exampleKinds, examplesFiles, examplesPlan, layExamples } from '../../testbed/examples.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { failureOf, statusOf } from '../../testbed/watch-run.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
  await layExamples(stage.testHost)
  // The same machine by another name: where the old stack is, for the step that asks it for its secrets.
  const inventory = join(stage.folder, 'inventory.yaml')
  const text = await readFile(inventory, 'utf8')
  await writeFile(inventory, text + text.slice(text.indexOf('  server:')).replace('server:', 'old:'))
  await stage.worker.kill('SIGTERM')
  await stage.worker.start()
})
afterAll(() => stage.close())

/** Says yes to whatever is asked, until the run has ended. @throws where a step failed, with what is said of it */
async function approvedToItsEnd(run: WorkflowHandle): Promise<RunStatus> {
  for (;;) {
    const status = await statusOf(run)
    if (status.state === 'done') return status
    if (status.state === 'refused') throw new Error((await failureOf(run)).message)
    for (const { decision, kind, digest, shows } of status.decisions) {
      if (kind !== 'gate' && kind !== 'attest') throw new Error(`${decision}: ${shows.join('\n')}`)
      const given = {
        decision,
        choice: 'approve',
        by: 'on-call',
        ...(digest === undefined ? {} : { digest }),
      }
      await run.executeUpdate('decide', { args: [given] })
    }
    await wait(300)
  }
}

describe('the examples of the reference', () => {
  it('exist for every kind, each once in the plan that runs them', () => {
    expect([...exampleKinds].sort()).toEqual([...kinds.keys()].sort())
  })

  it('run as written, each done and proven', async () => {
    const plan = await stage.plan('examples', examplesPlan(), examplesFiles())
    const secrets = join(stage.folder, 'master.env')
    await rename(join(dirname(plan), 'master.env'), secrets)
    await chmod(secrets, 0o600)
    const run = await stage.start(plan, { id: EXAMPLES })
    const { phases } = await approvedToItsEnd(run)
    const results = await Promise.all(
      phases.map(
        async ({ phase }) =>
          (await stage.client.workflow.getHandle(`${EXAMPLES}/${phase}`).result()) as PhaseResult,
      ),
    )
    const done = new Map(results.flatMap((result) => result.done.map((step) => [step.step, step])))
    const told = exampleKinds.map((kind) => {
      const step = done.get(/^step: (\S+)/.exec(exampleOf(kind))?.[1] ?? '')
      return { kind, proof: step?.evidence?.strength ?? 'none', onlyLooked: step?.nothingToDo !== undefined }
    })
    expect(told.filter(({ proof }) => proof === 'none')).toEqual([])
    expect(told.filter(({ proof }) => proof === 'stated').map(({ kind }) => kind)).toEqual(['attest'])
    // Whatever can change something was given something to change; the load test of the example is a check.
    const looks = told.filter(({ onlyLooked }) => onlyLooked).map(({ kind }) => kind)
    expect(looks.filter((kind) => !/-(audit|check|probe|load)$/.test(kind))).toEqual([])
  }, 900_000)
})
