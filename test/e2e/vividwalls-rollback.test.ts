import { expect } from 'vitest'
import { hitEachPhase } from '../../testbed/hit-each-phase.ts'
import { aimAt } from './vividwalls-hit.ts'
import { byItsWorker, tellOfRollbackFrom } from './vividwalls-rolled-back.ts'
import type { Way } from './vividwalls-rolled-back.ts'

const AIMS = [aimAt('backups', 'worker'), aimAt('scaffold', 'temporal'), aimAt('migrate', 'sshd')]

/** One run for two promises: kills on the way forth are survived, and a failure after them is rolled back. */
const throughKills: Way = {
  ...byItsWorker,
  said: 'by its worker, with the worker, Temporal and sshd killed on the way',
  async rollback(stage, run) {
    const [message, hits] = await Promise.all([
      byItsWorker.rollback(stage, run),
      hitEachPhase(stage, run, AIMS),
    ])
    expect(hits.map(({ phase, fault }) => `${fault} in ${phase}`)).toEqual([
      'worker in backups',
      'temporal in scaffold',
      'sshd in migrate',
    ])
    return message
  },
}

// Each phase, and each fault in each phase, is in test/faults.
tellOfRollbackFrom(['migrate'], throughKills)
