import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow'
import { pollingActivities } from './activity-options.ts'
import type { RunDisplay } from './display.ts'
import type { ChildNotices } from './messages.ts'

interface Watched {
  readonly workflowId: string
  readonly type: 'runPhase' | 'rollback'
  readonly display: RunDisplay
}

const NOTHING: ChildNotices = { decisions: [], unreachable: [] }

/**
 * Carries out `work`, which the child `workflowId` does, and shows meanwhile on the run's page what the child waits for. The
 * run reads its child, and is not told by it: a signal does not prove its sender.
 */
export async function watched<Result>(
  { workflowId, type, display }: Watched,
  work: () => Promise<Result>,
): Promise<Result> {
  const scope = new CancellationScope()
  const watching = async () => {
    // Most phases are over by then, and cost nothing. A rollback may ask at once.
    if (type === 'runPhase') await sleep('20 seconds')
    await watch(workflowId, display)
  }
  void scope.run(watching).catch(ignoreCancellation)
  try {
    return await work()
  } finally {
    scope.cancel()
    display.ofChild(workflowId, NOTHING)
  }
}

async function watch(workflowId: string, display: RunDisplay): Promise<void> {
  const { childNotices } = pollingActivities(`what ${workflowId} waits for`)
  for (let known = NOTHING; ;) {
    try {
      known = await childNotices({ workflowId, known })
      display.ofChild(workflowId, known)
    } catch (error) {
      if (isCancellation(error)) throw error
      // A run must not fail because it could not look.
      await sleep('1 minute')
    }
  }
}

export function ignoreCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error
}
