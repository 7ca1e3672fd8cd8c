import { setTimeout as wait } from 'node:timers/promises'
import type { Stage } from '../testbed/run-stage.ts'
import { strike } from '../testbed/strike.ts'
import type { PlannedFault } from './draw-run.ts'
import type { Result } from './tally.ts'

export type Struck = Result['struck'][number]

const UP_WITHIN_SECONDS = 180

/**
 * Makes the faults at their moments, as long as it is not over. Time is counted in which nothing is being killed:
 * otherwise a slow machine would have all of them in the first steps. One that comes with another does not wait for it.
 */
export async function killAsPlanned(
  stage: Stage,
  planned: readonly PlannedFault[],
  { wholeSeconds, isOver }: { readonly wholeSeconds: number; readonly isOver: () => boolean },
): Promise<readonly Struck[]> {
  const struck: Struck[] = []
  let [spentMilliseconds, strikes] = [0, Promise.resolve()]
  const since = Date.now()
  for (const fault of planned) {
    if (!fault.withTheOneBefore) await strikes
    const early = fault.withTheOneBefore ? 300 : 0
    const moment = () => since + spentMilliseconds + fault.at * wholeSeconds * 1000
    while (early === 0 && !isOver() && Date.now() < moment()) await wait(50)
    await wait(early)
    if (isOver()) break
    const began = Date.now()
    struck.push({ is: fault.is, during: await underWay(stage) })
    const ended = strikeAndRecover(stage, fault)
    strikes = Promise.all([strikes, ended]).then(() => {
      if (!fault.withTheOneBefore) spentMilliseconds += Date.now() - began
    })
  }
  await strikes
  return struck
}

/** As whatever looks after a service does: a worker that does not come up, as Temporal is away too, is started again. */
async function strikeAndRecover(stage: Stage, { is, awayMilliseconds }: PlannedFault): Promise<void> {
  const deadline = Date.now() + UP_WITHIN_SECONDS * 1000
  try {
    await strike(is, stage, awayMilliseconds)
  } catch (error) {
    if (is !== 'worker') throw error
    await startWorker(stage, deadline)
  }
}

/** Starts it until it is up. @throws why it is not, after the deadline */
export async function startWorker({ worker }: Stage, deadline: number): Promise<void> {
  for (;;) {
    try {
      return await worker.start()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await wait(500)
    }
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

const RUNNING = `ExecutionStatus = 'Running' AND WorkflowType IN ('runPlan', 'runPhase', 'rollBack', 'rollBackRun')`
