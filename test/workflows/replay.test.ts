import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundleWorkflowCode, Worker } from '@temporalio/worker'
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker'
import { beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { HISTORIES } from '../../testbed/save-histories.ts'

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} }
const names = (await readdir(HISTORIES)).filter((name) => name.endsWith('.json'))

let workflowBundle: WorkflowBundleWithSourceMap
beforeAll(async () => {
  const workflowsPath = packageFolder('src', 'workflows', 'index.ts')
  workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: quiet })
})

describe('L9 › runs that were begun by an earlier version', () => {
  it('are here in every shape: done, decided, rolled back, cancelled', () => {
    for (const type of ['runPlan', 'runPhase', 'rollback', 'rollbackRun', 'holdLock', 'notify']) {
      expect(
        names.some((name) => name.startsWith(`${type}.`)),
        type,
      ).toBe(true)
    }
  })

  it('are here parked at each wait that may take weeks', () => {
    for (const wait of ['gate', 'unlocked-gate', 'hold', 'attest', 'wait', 'retry'])
      expect(
        names.filter((name) => name.endsWith(`.parked.${wait}.running.json`)),
        wait,
      ).not.toEqual([])
  })

  it.each(names)('can be carried on by this one: %s', async (name) => {
    const saved = JSON.parse(await readFile(join(HISTORIES, name), 'utf8')) as {
      workflowId: string
      history: unknown
    }
    await Worker.runReplayHistory({ workflowBundle }, saved.history, saved.workflowId)
  })
})
