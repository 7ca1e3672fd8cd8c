import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow'
import { pollingActivities } from './activity-options.ts'
import type { RunDisplay } from './display.ts'
import type { ChildNotices, StepTimes } from './messages.ts'

export interface Watched {
  readonly workflowId: string
  readonly type: 'runPhase' | 'clearPhases' | 'rollback'
  readonly display: RunDisplay
  /** Steps of the child whose start and end the run needs. */
  readonly steps?: readonly string[]
  readonly seen?: (times: StepTimes) => void
}

const NOTHING: ChildNotices = { decisions: [], unreachable: [], retried: [], times: {} }

/**
 * Awaits `work` of the child `workflowId`. Meanwhile the run's page shows what the child waits for. The run polls its child
 * and takes no signal from it: a signal does not prove its sender.
 */
export async function watched<Result>(child: Watched, work: () => Promise<Result>): Promise<Result> {
  const { workflowId, type, display } = child
  const scope = new CancellationScope()
  const watching = async () => {
    // Most phases end within that time and are never polled. A rollback may ask at once.
    if (type === 'runPhase' && (child.steps ?? []).length === 0) await sleep('20 seconds')
    await watch(child)
  }
  void scope.run(watching).catch(ignoreCancellation)
  try {
    return await work()
  } finally {
    scope.cancel()
    display.ofChild(workflowId, NOTHING)
  }
}

async function watch({ workflowId, display, steps = [], seen }: Watched): Promise<void> {
  const { childNotices } = pollingActivities(`what ${workflowId} waits for`)
  for (let known = NOTHING; ;) {
    try {
      known = await childNotices({ workflowId, steps, known })
      seen?.(known.times)
      display.ofChild(workflowId, known)
    } catch (error) {
      if (isCancellation(error)) throw error
      // A failed poll must not fail the run.
      await sleep('1 minute')
    }
  }
}

export function ignoreCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error
}
