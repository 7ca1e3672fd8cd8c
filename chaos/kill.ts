import { setTimeout as wait } from 'node:timers/promises'
import type { Stage } from '../testbed/run-stage.ts'
import { strike } from '../testbed/strike.ts'
import type { PlannedFault } from './draw-run.ts'
import type { Result } from './tally.ts'

export type Struck = Result['struck'][number]

const TOGETHER_MILLISECONDS = 300

/**
 * Makes the faults at their moments, as long as it is not over; one that comes with another does not wait until that one
 * is back.
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
    // It is awaited below, and may fail before.
    strikes.catch(() => undefined)
  }
  await strikes
  return struck
}

/** Waits until a run has come so far, and a while; or until it is over. */
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
    // It does not come up where Temporal is away too; keepWorkerUp goes on trying.
    if (is !== 'worker') throw error
    while (stage.worker.hasDied()) await wait(200)
  }
}

/** As whatever looks after a service does: has a worker that ended by itself started again, until it is told to stop. */
export async function keepWorkerUp({ worker }: Stage, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    if (worker.hasDied()) await worker.start().catch(() => undefined)
    await wait(500)
  }
}

/** What Temporal knows to be under way, such as "chaos/migrate: run, run"; "unknown" where it is away. */
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

const RUNNING = `ExecutionStatus = 'Running' AND WorkflowType IN ('runPlan', 'runPhase', 'rollback', 'rollbackRun')`
