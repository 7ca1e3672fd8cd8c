import { setTimeout as wait } from 'node:timers/promises'
import { waitForEngine } from './faults.ts'
import type { Stage } from './run-stage.ts'

/** What can be killed under a run. */
export const faults = ['worker', 'temporal', 'sshd', 'dockerd'] as const
export type Fault = (typeof faults)[number]

const AWAY_MILLISECONDS: Readonly<Record<Fault, number>> = {
  worker: 0,
  temporal: 3000,
  sshd: 3000,
  dockerd: 0,
}

/**
 * Kills it, and has it back after so long; dockerd comes back by itself. A worker that was frozen goes on, if it lives,
 * while what was struck is away.
 */
export async function strike(
  fault: Fault,
  { worker, server, testHost }: Stage,
  awayMilliseconds = AWAY_MILLISECONDS[fault],
): Promise<void> {
  switch (fault) {
    case 'worker':
      await worker.kill('SIGKILL')
      await wait(awayMilliseconds)
      return await worker.start()
    case 'temporal':
      await server.kill()
      worker.thaw()
      await wait(awayMilliseconds)
      return await server.start()
    case 'sshd':
      await testHost.stopSshd()
      worker.thaw()
      await wait(awayMilliseconds)
      return await testHost.startSshd()
    case 'dockerd':
      await testHost.killDockerd()
      worker.thaw()
      return await waitForEngine(testHost)
  }
}
