import { setTimeout as wait } from 'node:timers/promises'
import type { Stage } from '../testbed/run-stage.ts'
import { strike } from '../testbed/strike.ts'
import type { PlannedFault } from './draw-run.ts'
import type { Result } from './tally.ts'

export type Struck = Result['struck'][number]

const TOGETHER_MILLISECONDS = 300

/**
 * Makes the faults at their moments, until the run is over. A fault that accompanies another does not wait until that one
 * has recovered.
 */
export async function killAsPlanned(
  stage: Stage,
  planned: readonly PlannedFault[],
  {
    onTheWayBack,
    ...way
  }: {
    readonly progress: () => number
    readonly isOver: () => boolean
    readonly onTheWayBack: boolean
  },
): Promise<readonly Struck[]> {
  const struck: Struck[] = []
  let strikes: Promise<unknown> = Promise.resolve()
  for (const fault of planned) {
    if (fault.withTheOneBefore) await wait(TOGETHER_MILLISECONDS)
    else {
      await strikes
      await untilMoment(fault, way)
    }
    if (way.isOver()) break
    struck.push({ is: fault.is, during: await underWay(stage), onTheWayBack })
    strikes = Promise.all([strikes, strikeAndRecover(stage, fault)])
    // Awaited below; it may fail before.
    strikes.catch(() => undefined)
  }
  await strikes
  return struck
}

/** Waits until a run has reached this progress, and for the delay; or until it is over. */
export async function untilMoment(
  { at, thenMilliseconds }: Pick<PlannedFault, 'at' | 'thenMilliseconds'>,
  { progress, isOver }: { readonly progress: () => number; readonly isOver: () => boolean },
): Promise<void> {
  while (progress() < at && !isOver()) await wait(50)
  for (const until = Date.now() + thenMilliseconds; Date.now() < until && !isOver();) await wait(50)
}

async function strikeAndRecover(stage: Stage, { is, awayMilliseconds }: PlannedFault): Promise<void> {
  try {
    await strike(is, stage, awayMilliseconds)
  } catch (error) {
    // It cannot start while Temporal is down too; keepWorkerUp retries.
    if (is !== 'worker') throw error
    while (stage.worker.hasDied()) await wait(200)
  }
}

/** Restarts a worker that ends, like a service manager, until stopped. */
export async function keepWorkerUp({ worker }: Stage, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    if (worker.hasDied()) await worker.start().catch(() => undefined)
    await wait(500)
  }
}

/** The open activities, such as "chaos/migrate: run, run"; "unknown" while Temporal is down. */
async function underWay({ client }: Stage): Promise<string> {
  const asked = (async () => {
    const found: string[] = []
    for await (const { workflowId } of client.workflow.list({ query: RUNNING })) {
      const { raw } = await client.workflow.getHandle(workflowId).describe()
      const activities = (raw.pendingActivities ?? []).flatMap(({ activityType }) => activityType?.name ?? [])
      if (activities.length > 0) found.push(`${workflowId}: ${activities.join(', ')}`)
    }
    return found.join('; ') || 'between steps'
  })().catch(() => 'unknown')
  return await Promise.race([asked, wait(2000, 'unknown', { ref: false })])
}

const RUNNING = `ExecutionStatus = 'Running' AND WorkflowType IN ('runPlan', 'runPhase', 'rollback', 'rollbackRun', 'clearPhases')`
