import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import type { PhaseStatus, StepState } from '../src/workflows/status.ts'
import type { Stage } from './run-stage.ts'
import { strike } from './strike.ts'
import type { Fault } from './strike.ts'

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
  const child = stage.client.workflow.getHandle(`${run.workflowId}/${phase}`)
  for (;;) {
    const [step, activity] = await underWay(child, aim)
    if (step !== undefined && activity !== undefined) {
      // Nothing of the run can come to an end while its worker stands still: what is pending now is what is hit.
      stage.worker.freeze()
      const at = new Date()
      const { pending } = await described(child)
      if (pending.includes(activity)) {
        await strike(fault, stage)
        return { phase, fault, step, activity, at }
      }
      stage.worker.thaw()
    }
    await wait(10)
  }
}

/** The step to hit and its activity, if they are under way now. @throws where the phase is over */
async function underWay(
  child: WorkflowHandle,
  { phase, step, during = 'run' }: Aim,
): Promise<readonly (string | undefined)[]> {
  const { state, pending } = await described(child)
  if (state !== 'RUNNING' && state !== 'not there') throw new Error(`phase ${phase} ended before it was hit`)
  const [any] = pending
  // A short phase is over before it has been asked where it is.
  if (any === undefined || step === undefined) return ['whatever is under way', any]
  const steps = (await child.query<PhaseStatus>('status').catch(() => undefined))?.steps ?? []
  const wanted = steps.find((one) => one.step === step)
  if (wanted?.state === STATE_OF[during]) return [step, during]
  const canCome = wanted === undefined || wanted.state === 'waiting' || UNDER_WAY.includes(wanted.state)
  return canCome ? [] : ['what comes after it', any]
}

/** What Temporal itself knows of a phase. */
async function described(
  child: WorkflowHandle,
): Promise<{ readonly state: string; readonly pending: readonly string[] }> {
  try {
    const { status, raw } = await child.describe()
    const pending = (raw.pendingActivities ?? []).flatMap(({ activityType }) => activityType?.name ?? [])
    return { state: status.name, pending }
  } catch {
    return { state: 'not there', pending: [] }
  }
}
