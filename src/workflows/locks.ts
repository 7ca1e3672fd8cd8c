import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  CancellationScope,
  ParentClosePolicy,
  startChild,
  upsertMemo,
  upsertSearchAttributes,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'
import type { Lock } from '../activities/activities.ts'
import { runActivities, waitingActivities } from './activity-options.ts'
import type { RunDisplay } from './display.ts'
import { lockId } from './messages.ts'
import type { RunNote, RunRef } from './messages.ts'
import { runAttribute } from './search-attributes.ts'

/** Takes the plan's locks, in sorted order so that two runs cannot wait for each other; says for whom it waits. */
export async function takeLocks(request: RunNote, display: RunDisplay): Promise<void> {
  const { ref, plan, phases, signature } = request
  const note = { ref, plan, phases, ...(signature === undefined ? {} : { signature }) }
  const locks = plan.hosts.map((host) => ({ host, stack: plan.stack }))
  // By these the lock finds what is still open of its run, also what a reset has started anew.
  upsertMemo({ ...ref })
  upsertSearchAttributes(runAttribute(ref.run))
  for (const lock of locks.sort((one, other) => (lockId(one) < lockId(other) ? -1 : 1))) {
    await takeLock(lock, ref, display)
    await runActivities(`lock ${lock.stack} on ${lock.host} itself`).takeHostLock({ ...lock, ref, note })
  }
}

async function takeLock(lock: Lock, ref: RunRef, display: RunDisplay): Promise<void> {
  for (;;) {
    try {
      await startChild(holdLock, {
        workflowId: lockId(lock),
        args: [{ ...lock, ref }],
        // Terminated or reset, a run leaves its lock behind, and the lock watches: it is never lost, never kept.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        memo: { ...ref },
        staticSummary: `${lock.stack} on ${lock.host} is held by ${ref.run}`,
      })
      return
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
    const about = `who holds ${lock.stack} on ${lock.host}`
    const holder = await runActivities(about).lockHolder(lock)
    if (holder?.token === ref.token) return
    if (holder) {
      display.is('waiting-for-lock', `for ${holder.run}, which holds ${lock.stack} on ${lock.host}`)
      await waitingActivities(`wait for ${holder.run}, which holds ${lock.stack} on ${lock.host}`).lockFree(
        lock,
      )
    }
  }
}

/**
 * Is the lock for as long as anything of the run is open, then gives the host's own lock back. It watches rather than
 * being told, so that neither a terminated nor a reset run can leave a lock behind or lose one.
 */
export async function holdLock({ ref, ...lock }: Lock & { readonly ref: RunRef }): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    await waitingActivities(`held by ${ref.run}`).runClosed(ref)
    await runActivities(`give ${lock.stack} on ${lock.host} back`).releaseHostLock({ ...lock, ref })
  })
}
