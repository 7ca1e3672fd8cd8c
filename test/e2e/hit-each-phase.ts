import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import type { PhaseStatus, RunStatus, StepState } from '../../src/workflows/messages.ts'
import { waitForEngine } from '../../testbed/faults.ts'
import type { Stage } from './stage.ts'

export type Fault = 'worker' | 'temporal' | 'sshd' | 'dockerd'

/** A phase that was hit, with what Temporal knew to be under way just then: the worker stood still. */
export interface Hit {
  readonly phase: string
  readonly fault: Fault
  readonly step: string
  readonly activity: string
  readonly at: Date
}

/** What to hit of a phase: this step in its run or its proof; where it is missed, whatever is under way after it. */
export interface Aim {
  readonly phase: string
  readonly fault: Fault
  readonly step?: string
  readonly during?: 'run' | 'verify'
}

/** How long what was killed stays away. */
const AWAY_MILLISECONDS = 3000
const STATE_OF = { run: 'running', verify: 'verifying' } as const satisfies Record<string, StepState>
const UNDER_WAY: readonly StepState[] = ['looking', 'running', 'verifying']

/** Hits each phase once, while a step of it is under way. @throws where a phase ended without having been hit */
export async function hitEachPhase(
  stage: Stage,
  run: WorkflowHandle,
  aims: readonly Aim[],
): Promise<readonly Hit[]> {
  const hits: Hit[] = []
  for (const aim of aims) hits.push(await hit(stage, run, aim))
  return hits
}

async function hit(stage: Stage, run: WorkflowHandle, aim: Aim): Promise<Hit> {
  const { phase, fault } = aim
  for (;;) {
    const of = (await asked<RunStatus>(run))?.phases.find((one) => one.phase === phase)
    if (of?.state === 'done') throw new Error(`phase ${phase} ended before it was hit`)
    if (of?.workflowId !== undefined) {
      const child = stage.client.workflow.getHandle(of.workflowId)
      const step = underAim(await asked<PhaseStatus>(child), aim)
      if (step !== undefined) {
        // Nothing of the run can come to an end while its worker stands still: what is pending now is what is hit.
        stage.worker.freeze()
        const at = new Date()
        const [activity] = await pendingActivities(child)
        if (activity !== undefined) {
          await strike[fault](stage)
          return { phase, fault, step, activity, at }
        }
        stage.worker.thaw()
      }
    }
    await wait(20)
  }
}

/** Each strikes while the worker is frozen, and has it go on, if it lives, while what was struck is away. */
const strike: Readonly<Record<Fault, (stage: Stage) => Promise<void>>> = {
  worker: async ({ worker }) => {
    await worker.kill('SIGKILL')
    await worker.start()
  },
  temporal: async ({ server, worker }) => {
    await server.kill()
    worker.thaw()
    await wait(AWAY_MILLISECONDS)
    await server.start()
  },
  sshd: async ({ droplet, worker }) => {
    await droplet.stopSshd()
    worker.thaw()
    await wait(AWAY_MILLISECONDS)
    await droplet.startSshd()
  },
  dockerd: async ({ droplet, worker }) => {
    await droplet.killDockerd()
    worker.thaw()
    await waitForEngine(droplet)
  },
}

/** The step to hit now. */
function underAim(status: PhaseStatus | undefined, { step, during = 'run' }: Aim): string | undefined {
  const steps = status?.steps ?? []
  const wanted = steps.find((one) => one.step === step)
  if (wanted?.state === STATE_OF[during]) return wanted.step
  const canCome = wanted !== undefined && (wanted.state === 'waiting' || UNDER_WAY.includes(wanted.state))
  return canCome ? undefined : steps.find(({ state }) => UNDER_WAY.includes(state))?.step
}

async function pendingActivities(child: WorkflowHandle): Promise<readonly string[]> {
  const { raw } = await child.describe()
  return (raw.pendingActivities ?? []).flatMap(({ activityType }) => activityType?.name ?? [])
}

/** What a workflow answers now; nothing while its worker or Temporal is away. */
async function asked<Status>(handle: WorkflowHandle): Promise<Status | undefined> {
  return await handle.query<Status>('status').catch(() => undefined)
}
