import { setTimeout as wait } from 'node:timers/promises'
import { waitForEngine } from './faults.ts'
import type { Stage } from './run-stage.ts'

/** The targets of kills during a run. */
export const faults = ['worker', 'temporal', 'sshd', 'dockerd'] as const
export type Fault = (typeof faults)[number]

const AWAY_MILLISECONDS: Readonly<Record<Fault, number>> = {
  worker: 0,
  temporal: 3000,
  sshd: 3000,
  dockerd: 0,
}

/**
 * Kills a target, and restarts it after a delay; dockerd restarts by itself. A paused worker resumes, if it lives, while the
 * target is down.
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
