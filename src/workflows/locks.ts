import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  CancellationScope,
  ParentClosePolicy,
  startChild,
  upsertMemo,
  upsertSearchAttributes,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'
import type { Lock, LockHolder } from '../activities/activities.ts'
import { queueOf, runActivities, waitingActivities } from './activity-options.ts'
import type { RunDisplay } from './display.ts'
import { lockId } from './messages.ts'
import type { RollbackRequest, RunNote, RunRef } from './messages.ts'
import { runAttribute } from './search-attributes.ts'
import { handleUnknownSignals, readRefOfLock } from './validate-input.ts'

/** The task queue of the host, where it has one. */
type Queue = ReturnType<typeof queueOf>

/** Takes the plan's locks, in sorted order so that two runs cannot wait for each other. */
export async function takeLocks(
  request: RunNote & Pick<RollbackRequest, 'taskQueues'>,
  display: RunDisplay,
): Promise<void> {
  const { ref, plan, phases, signature, taskQueues } = request
  const note = { ref, plan, phases, ...(signature === undefined ? {} : { signature }) }
  const locks = plan.hosts.map((host) => ({ host, stack: plan.stack }))
  // By these a lock finds what is still open of its run, also after a reset.
  upsertMemo({ ...ref })
  upsertSearchAttributes(runAttribute(ref.run))
  for (const lock of locks.sort((one, other) => (lockId(one) < lockId(other) ? -1 : 1))) {
    const queue = queueOf(lock.host, taskQueues)
    await takeLock(lock, { ref, queue }, display)
    await takeHostLock({ ...lock, ref, note }, { queue, display })
  }
}

/** If somebody ended the workflow of a lock, the lock on the host remains: its run may still be open. */
async function takeHostLock(
  lock: Lock & { readonly ref: RunRef; readonly note: RunNote },
  { queue, display }: { readonly queue: Queue; readonly display: RunDisplay },
): Promise<void> {
  const { stack, host } = lock
  for (;;) {
    const holder = await runActivities(`lock ${stack} on ${host} itself`, queue).takeHostLock(lock)
    if (!holder) return
    display.is('waiting-for-lock', waitsFor(holder.run, lock))
    await waitingActivities(`wait for ${holder.run}, which holds ${stack} on ${host}`).holderClosed(holder)
  }
}

async function takeLock(
  lock: Lock,
  { ref, queue }: { readonly ref: RunRef; readonly queue: Queue },
  display: RunDisplay,
): Promise<void> {
  for (;;) {
    try {
      await startChild(holdLock, {
        workflowId: lockId(lock),
        args: [{ ...lock, ref, ...queue }],
        // The lock watches its run: it outlives a terminated or reset run for exactly as long as that needs it.
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
    // Without a holder the lock has closed meanwhile, or it is a stranger's workflow with the id of the lock.
    const of = holder?.run ?? `workflow ${lockId(lock)}`
    display.is('waiting-for-lock', holder?.token ? waitsFor(of, lock) : waitsForOther(holder, lock))
    await waitingActivities(`wait for ${of}, which holds ${lock.stack} on ${lock.host}`).lockFree(lock)
  }
}

function waitsFor(holder: string, { stack, host }: Lock): string {
  return `for ${holder}, which holds ${stack} on ${host}. There is nothing to answer here; what that run waits for: reinstate status ${holder}`
}

/** No command of this version knows the holder. */
function waitsForOther(holder: LockHolder | undefined, lock: Lock): string {
  const held = `holds ${lock.stack} on ${lock.host}`
  return holder === undefined
    ? `for workflow ${lockId(lock)}, which ${held} and is of no run. Look at it in the Temporal UI; terminate it if nobody needs it`
    : `for ${holder.run} of version ${holder.version}, which ${held}. Finish it, or roll it back, with version ${holder.version}`
}

/**
 * The lock of a run. Stays open while any workflow of the run is open, then releases the lock on the host. It watches the
 * run and takes no signal from it, so a run that is terminated or reset neither leaks nor loses its lock.
 */
export async function holdLock(request: Lock & Queue & { readonly ref: RunRef }): Promise<void> {
  const ref = readRefOfLock(request)
  const { host, stack, taskQueue } = request
  const queue = taskQueue === undefined ? {} : { taskQueue }
  handleUnknownSignals()
  await CancellationScope.nonCancellable(async () => {
    await waitingActivities(`held by ${ref.run}`).runClosed(ref)
    await runActivities(`release ${stack} on ${host}`, queue).releaseHostLock({ host, stack, ref })
  })
}
