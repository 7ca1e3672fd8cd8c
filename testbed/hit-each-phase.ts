import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { firstValue } from '../src/cli/run/payloads.ts'
import type { StepRequest } from '../src/workflows/messages.ts'
import type { Stage } from './run-stage.ts'
import { strike } from './strike.ts'
import type { Fault } from './strike.ts'

/** A phase that was hit, and the activities that were open while the worker was paused. */
export interface Hit {
  readonly phase: string
  readonly fault: Fault
  readonly step: string
  readonly activity: string
  readonly at: Date
}

/** The target in a phase: apply or verify of this step; if that is missed, any later activity. */
export interface Aim {
  readonly phase: string
  readonly fault: Fault
  readonly step?: string
  readonly during?: 'apply' | 'verify'
}

/** Hits each phase once while one of its steps runs. @throws if a phase ends without a hit */
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
    // Read while the worker is paused, so that a step of a few milliseconds does not end before the strike.
    stage.worker.freeze()
    const at = new Date()
    const struck = await toStrike(child, aim).catch((error: unknown) => {
      stage.worker.thaw()
      throw error
    })
    if (struck) {
      await strike(fault, stage)
      return { phase, fault, ...struck, at }
    }
    stage.worker.thaw()
    await wait(10)
  }
}

/** Returns the open activities to strike; undefined before them. @throws if the phase is over */
async function toStrike(
  child: WorkflowHandle,
  { phase, step, during = 'apply' }: Aim,
): Promise<Pick<Hit, 'step' | 'activity'> | undefined> {
  const { state, pending } = await described(child)
  if (state !== 'RUNNING' && state !== 'not there') throw new Error(`phase ${phase} ended before it was hit`)
  if (pending.length === 0) return undefined
  const begun = await activitiesOf(child)
  const underWay = begun.filter(({ id }) => pending.includes(id))
  const wanted = (one: Begun) => step === undefined || (one.step === step && one.activity === during)
  const after = (one: Begun) => one.step === step && one.activity === 'verify'
  // A missed or skipped step is replaced by any later one.
  return underWay.find(wanted) ?? (begun.some((one) => wanted(one) || after(one)) ? underWay[0] : undefined)
}

interface Begun {
  readonly id: string
  readonly activity: string
  readonly step: string
}

/** The activities that a phase has started, oldest first. */
async function activitiesOf(child: WorkflowHandle): Promise<readonly Begun[]> {
  const { events } = await child.fetchHistory()
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    if (!scheduled) return []
    const request = firstValue(scheduled.input) as Partial<StepRequest> | undefined
    return [
      {
        id: scheduled.activityId ?? '',
        activity: scheduled.activityType?.name ?? '',
        step: request?.step?.step ?? 'the phase itself',
      },
    ]
  })
}

/** A phase's state in Temporal, and the ids of its open activities. */
async function described(
  child: WorkflowHandle,
): Promise<{ readonly state: string; readonly pending: readonly string[] }> {
  try {
    const { status, raw } = await child.describe()
    return {
      state: status.name,
      pending: (raw.pendingActivities ?? []).map(({ activityId }) => activityId ?? ''),
    }
  } catch {
    return { state: 'not there', pending: [] }
  }
}
