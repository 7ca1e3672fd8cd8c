import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  CancellationScope,
  isCancellation,
  ParentClosePolicy,
  setHandler,
  sleep,
  startChild,
  upsertMemo,
  upsertSearchAttributes,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'
import type { Lock, LockHolder, OtherHolder } from '../activities/activities.ts'
import { queueOf, runActivities, waitingActivities } from './activity-options.ts'
import type { RunDisplay } from './display.ts'
import { reasonOf } from './failures.ts'
import { lockId } from './messages.ts'
import type { RollbackRequest, RunNote, RunRef } from './messages.ts'
import type { RunProgress } from './progress.ts'
import { runAttribute } from './search-attributes.ts'
import { locksGivenBackQuery } from './signals.ts'
import { capitalized } from './text.ts'
import { handleUnknownSignals, readRefOfLock } from './validate-input.ts'

/** The task queue of the host, where it has one. */
type Queue = ReturnType<typeof queueOf>

/** The locks of a run. Of a plan without an unlocked gate, only `take` does anything. */
export interface RunLocks {
  /** Takes all of them, before the first change. */
  readonly take: () => Promise<void>
  /**
   * Gives all of them back, unless that is done, and returns once none is held: the ISO time of that. No step, undo or clear
   * may begin before `ensure`.
   */
  readonly giveBack: () => Promise<string>
  /**
   * Takes those that the run does not hold, and waits for their holders as long as that takes. Call it before anything that
   * changes a host: a reset may have returned to before they were taken. Default: the run itself waits.
   */
  readonly ensure: (waiter?: Waiter) => Promise<void>
  /** The ISO time since which the run holds none of them; undefined while it holds one. */
  readonly unlockedSince: () => string | undefined
  /** Other runs that have held one of them since this ISO time, and may have changed something; oldest first. */
  readonly othersSince: (at: string) => Promise<readonly OtherHolder[]>
}

/** What waits for locks, other than the run itself. */
export interface Waiter {
  /** `the rollback` */
  readonly what: string
  /** Called whenever it has to wait. */
  readonly waits: (held: HeldLock) => void
}

/** Why a lock cannot be taken now. */
export interface HeldLock {
  /** `other, which holds shop on server` */
  readonly by: string
  /** The run that holds it; absent where no run of this Temporal does. */
  readonly run?: string
  /** What to do about it, or what happens by itself: a phrase. */
  readonly next: string
}

interface OfRun {
  readonly ref: RunRef
  readonly display: RunDisplay
  readonly progress: RunProgress
}

/** Sets the handler by which the watchers of the locks ask. Call it in a workflow's first lines. */
export function openLocks({ ref, display, progress }: OfRun): RunLocks {
  const givenBack = new Set<string>()
  let unlockedSince: string | undefined
  setHandler(locksGivenBackQuery, () => [...givenBack], {
    description: 'The locks that the run does not hold while it waits at an unlocked gate',
  })
  const request = () => progress.forRollback(ref)
  const mayGiveBack = () => progress.mayGiveLocksBack()

  return {
    take: () => takeLocks(request(), display, mayGiveBack() ? { givenBack } : {}),
    unlockedSince: () => {
      const locks = unlockedSince === undefined ? [] : locksOf(request())
      return locks.every((lock) => givenBack.has(lockId(lock))) ? unlockedSince : undefined
    },
    giveBack: async () => {
      if (unlockedSince !== undefined) return unlockedSince
      // A cancel in the middle would leave locks of which nobody knows.
      await CancellationScope.nonCancellable(async () => {
        const locks = locksOf(request())
        for (const lock of locks) givenBack.add(lockId(lock))
        for (const lock of locks)
          await waitingActivities(`give ${lock.stack} on ${lock.host} back`).lockReleased({ ...lock, ref })
      })
      unlockedSince = new Date().toISOString()
      return unlockedSince
    },
    ensure: async (waiter) => {
      if (!mayGiveBack()) return
      const { plan, taskQueues } = request()
      let hasTaken = false
      for (const lock of locksOf({ plan })) {
        const about = `who holds ${lock.stack} on ${lock.host}`
        const isGiven = givenBack.has(lockId(lock))
        const holder = isGiven ? undefined : await runActivities(about).lockHolder({ ...lock, ref })
        if (holder?.token === ref.token) continue
        const of = { ref, queue: queueOf(lock.host, taskQueues), display, givenBack, waiter }
        await takeLock(lock, of)
        await takeHostLockAgain({ ...lock, ref, note: noteIn(request()) }, of)
        hasTaken = true
      }
      unlockedSince = undefined
      if (hasTaken) display.is('running')
    },
    othersSince: async (since) => {
      const found: OtherHolder[] = []
      for (const lock of locksOf(request())) {
        const about = `which runs held ${lock.stack} on ${lock.host} since ${since}`
        found.push(...(await runActivities(about).otherHolders({ ...lock, ref, since })))
      }
      return found.filter(({ run }, index) => found.findIndex((one) => one.run === run) === index)
    },
  }
}

/** In sorted order, so that two runs cannot wait for each other. */
function locksOf({ plan }: Pick<RollbackRequest, 'plan'>): readonly Lock[] {
  const locks = plan.hosts.map((host) => ({ host, stack: plan.stack }))
  return locks.sort((one, other) => (lockId(one) < lockId(other) ? -1 : 1))
}

function noteIn({ ref, plan, phases, signature }: RunNote): RunNote {
  return { ref, plan, phases, ...(signature === undefined ? {} : { signature }) }
}

/** Takes the locks of a plan. `givenBack`: of a run that gives them back, those that it does not hold. Default: the run waits. */
export async function takeLocks(
  request: RunNote & Pick<RollbackRequest, 'taskQueues'>,
  display: RunDisplay,
  { givenBack, waiter }: Pick<Taking, 'givenBack' | 'waiter'> = {},
): Promise<void> {
  const { ref, taskQueues } = request
  const note = noteIn(request)
  // By these a lock finds what is still open of its run, also after a reset.
  upsertMemo({ ...ref })
  upsertSearchAttributes(runAttribute(ref.run))
  for (const lock of locksOf(request)) {
    const of = {
      ref,
      queue: queueOf(lock.host, taskQueues),
      display,
      waiter,
      ...(givenBack && { givenBack }),
    }
    await takeLock(lock, of)
    await takeHostLock({ ...lock, ref, note }, of)
  }
}

interface Taking {
  readonly ref: RunRef
  readonly queue: Queue
  readonly display: RunDisplay
  readonly givenBack?: Set<string>
  readonly waiter?: Waiter | undefined
}

type HostLock = Lock & { readonly ref: RunRef; readonly note: RunNote }

/** If somebody ended the workflow of a lock, the lock on the host remains: its run may still be open. */
async function takeHostLock(lock: HostLock, taking: Taking): Promise<void> {
  const { stack, host } = lock
  for (;;) {
    const holder = await runActivities(`lock ${stack} on ${host} itself`, taking.queue).takeHostLock(lock)
    if (!holder) return
    showWait(heldByRun(holder.run, lock), taking)
    const about = `wait for ${holder.run}, which holds ${stack} on ${host}`
    await waitingActivities(about).holderClosed({ ...holder, lock: lockId(lock) })
  }
}

/**
 * The same for a run that has made changes. Where the host does not answer, or a person holds its lock, it tries again until
 * it is cancelled: such a run must not end because of that.
 */
async function takeHostLockAgain(lock: HostLock, taking: Taking): Promise<void> {
  for (let minutes = 1; ; minutes = Math.min(2 * minutes, 15)) {
    try {
      return await takeHostLock(lock, taking)
    } catch (error) {
      if (isCancellation(error)) throw error
      const { message } = reasonOf(error)
      const by = `the lock of ${lock.stack} on ${lock.host}: ${message}`
      showWait({ by, next: `it is tried again in ${minutes} min` }, taking)
      await sleep(`${minutes} minutes`)
    }
  }
}

async function takeLock(lock: Lock, taking: Taking): Promise<void> {
  const { ref, queue, givenBack } = taking
  for (;;) {
    // Before it is taken: its watcher would let go of it at once.
    givenBack?.delete(lockId(lock))
    try {
      await startChild(holdLock, {
        workflowId: lockId(lock),
        args: [{ ...lock, ref, ...queue, ...(givenBack && { mayGiveBack: true as const }) }],
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
    const holder = await runActivities(about).lockHolder({ ...lock, ref })
    if (holder?.token === ref.token) return
    givenBack?.add(lockId(lock))
    // Without a holder the lock has closed meanwhile, or it is a stranger's workflow with the id of the lock.
    const of = holder?.run ?? `workflow ${lockId(lock)}`
    showWait(holder?.token ? heldByRun(of, lock) : heldByOther(holder, lock), taking)
    await waitingActivities(`wait for ${of}, which holds ${lock.stack} on ${lock.host}`).lockFree(lock)
  }
}

function showWait(held: HeldLock, { display, waiter }: Pick<Taking, 'display' | 'waiter'>): void {
  const who = waiter === undefined ? 'for' : `${waiter.what} waits for`
  // A rollback asks whether to go on waiting.
  const next =
    held.run === undefined || waiter
      ? capitalized(held.next)
      : `There is nothing to answer here; ${held.next}`
  display.is('waiting-for-lock', `${who} ${held.by}. ${next}`)
  waiter?.waits(held)
}

function heldByRun(run: string, { stack, host }: Lock): HeldLock {
  return {
    run,
    by: `${run}, which holds ${stack} on ${host}`,
    next: `what that run waits for: reinstate status ${run}`,
  }
}

/** No command of this version knows the holder. */
function heldByOther(holder: LockHolder | undefined, lock: Lock): HeldLock {
  const held = `holds ${lock.stack} on ${lock.host}`
  return holder === undefined
    ? {
        by: `workflow ${lockId(lock)}, which ${held} and is of no run`,
        next: 'look at it in the Temporal UI; terminate it if nobody needs it',
      }
    : {
        by: `${holder.run} of version ${holder.version}, which ${held}`,
        next: `finish it, or roll it back, with version ${holder.version}`,
      }
}

/** Input of the workflow `holdLock`. `mayGiveBack`: the plan of the run has an unlocked gate. */
type HoldLockRequest = Lock & Queue & { readonly ref: RunRef; readonly mayGiveBack?: true }

/**
 * The lock of a run. Stays open while any workflow of the run is open, or until the run gives it back, then releases the lock
 * on the host. It watches the run and takes no signal from it, so a run that is terminated or reset neither leaks nor loses
 * its lock.
 */
export async function holdLock(request: HoldLockRequest): Promise<void> {
  const ref = readRefOfLock(request)
  const { host, stack, taskQueue, mayGiveBack } = request
  const queue = taskQueue === undefined ? {} : { taskQueue }
  const watched = { ...ref, ...(mayGiveBack && { lock: lockId({ host, stack }) }) }
  handleUnknownSignals()
  await CancellationScope.nonCancellable(async () => {
    await waitingActivities(`held by ${ref.run}`).runClosed(watched)
    await runActivities(`release ${stack} on ${host}`, queue).releaseHostLock({ host, stack, ref })
  })
}
