import { TerminatedFailure } from '@temporalio/common'
import {
  allHandlersFinished,
  CancellationScope,
  ChildWorkflowFailure,
  condition,
  isCancellation,
  setHandler,
} from '@temporalio/workflow'
import type { ResolvedPlan } from '../plan/plan.ts'
import { queueOf, runActivities } from './activity-options.ts'
import { openAttestations } from './attestations.ts'
import { openDisplay, readShowing } from './display.ts'
import type { RunDisplay } from './display.ts'
import { askAboutCancel, stopDoes } from './failed-step.ts'
import type { Dependencies } from './failed-step.ts'
import { ended, reasonOf, thisRun } from './failures.ts'
import { takeLocksOrStop } from './lock-question.ts'
import { openLocks } from './locks.ts'
import type { RunLocks } from './locks.ts'
import type { RunRequest, RunResult } from './messages.ts'
import { startNotifier } from './notify.ts'
import { previewAllSteps } from './preview-steps.ts'
import { namesApprovers, startProgress } from './progress.ts'
import { RollbackWanted, runPhases, StopWanted } from './run-phases.ts'
import { rollbackAsChild } from './rollback.ts'
import { refuseOtherPlan, refuseOtherState } from './saved-preview.ts'
import { rollbackQuery } from './signals.ts'
import type { Decision, RunState } from './status.ts'
import { readRunRequest } from './validate-input.ts'

/**
 * Runs a plan from its file to its end; all decisions are taken here. Completes only when every phase is proven. Otherwise it
 * fails as `BadRequest` or `Refused` (nothing was changed), `DoneNotProven`, `RolledBack`, `Stopped` or `RollbackIncomplete`.
 */
export async function runPlan(raw: RunRequest): Promise<RunResult> {
  const ref = thisRun()
  const request = readShowing(ref, () => readRunRequest(raw))
  const { plan: name, by } = request
  const progress = startProgress(by)
  const start = { title: `Restore ${name}`, ...(by === undefined ? {} : { by }) }
  const display = openDisplay(ref, start, progress)
  const attestations = openAttestations(ref, display)
  setHandler(rollbackQuery, () => progress.forRollback(ref), {
    description: 'What a rollback of this run needs',
  })
  const locks = openLocks({ ref, display, progress })
  display.decisions.recordUnknownSignals()

  const run = { ref, display, progress, locks }
  const plan = await beforeAnyChange(request, run)
  display.is('running')
  try {
    await runPhases(plan, { ...run, attestations })
  } catch (error) {
    // The cancel that led here must not stop what follows.
    return await CancellationScope.nonCancellable(() => afterFailure(error, run))
  }
  const passedOver = progress.passedOver()
  if (passedOver.length > 0) {
    const what = passedOver.map(({ step, choice, by: who }) => `${step} (${choice} by ${who})`).join(', ')
    display.is('done-not-proven', `not proven: ${what}`)
    await condition(allHandlersFinished)
    throw ended('DoneNotProven', `done, but not proven: ${what}`, { passedOver })
  }
  display.is('done')
  await condition(allHandlersFinished)
  return { state: 'done', phases: plan.phases.length, steps: progress.stepsDone(), leftovers: [] }
}

type WithLocks = Dependencies & { readonly locks: RunLocks }

/** Finds everything that can be wrong without changing anything: a refused run has done no harm. @throws Refused */
async function beforeAnyChange(
  request: RunRequest,
  { ref, display, progress, locks }: WithLocks,
): Promise<ResolvedPlan> {
  try {
    const { preview: saved, ...asked } = request
    const plan = await runActivities(`read plan ${request.plan}`).resolvePlan({ ...asked, ref })
    progress.planned(plan)
    display.planned(plan, plan.phases)
    await startNotifier(ref, { plan: plan.plan, title: plan.title, subscriptions: plan.notify ?? [] })
    refuseWithoutStarter(plan, request)
    const still = saved && (await refuseOtherPlan(saved, asked))
    const readiness = (host: string) =>
      runActivities(`is ${host} ready?`, queueOf(host, plan.taskQueues)).checkHost({ ref, host })
    await Promise.all(plan.hosts.map(readiness))
    await locks.take()
    display.is('previewing')
    if (still) await refuseOtherState(saved, still)
    const found = await previewAllSteps(plan, ref)
    // A saved preview is an approval of what it shows.
    if (still) progress.approve(found)
    return plan
  } catch (error) {
    if (isCancellation(error)) {
      display.is('cancelled')
      throw error
    }
    const { type, message } = reasonOf(error)
    display.is('refused', message)
    throw ended('Refused', `${message}\nNothing was changed.`, { type })
  }
}

/** Who started a run may not approve it, so a plan that names approvers needs to know who that is. */
function refuseWithoutStarter(plan: ResolvedPlan, { by }: RunRequest): void {
  if (by !== undefined || !namesApprovers(plan)) return
  const why = 'the plan names approvers, and this start does not say who starts the run: add "by": "NAME"'
  throw ended('BadRequest', why, {})
}

/** Ends a failed, stopped or cancelled run: rolled back, or left as it is, as people decided. */
async function afterFailure(error: unknown, run: WithLocks): Promise<never> {
  const { display } = run
  const why = isCancellation(error) ? 'the run was cancelled' : reasonOf(error).message
  if (!(await isRollbackWanted(error, run))) {
    // People decided so, or something unforeseen happened: then nothing is undone unasked either.
    const isExpired = error instanceof StopWanted && error.isExpired
    const isStopped = error instanceof StopWanted || isCancellation(error)
    return await endHere(isExpired ? 'expired' : isStopped ? 'stopped' : 'failed', why, run)
  }
  const { locks, progress } = run
  const isLocked =
    !progress.hasJournal() || (await takeLocksOrStop(locks.ensure, { display, stop: stopDoes(progress) }))
  if (!isLocked)
    return await endHere('stopped', `${why}; people ended the wait of its rollback for a lock`, run)
  run.progress.rollingBack([])
  display.is('rolling-back', why)
  const { leftovers, undone } = await rollbackToItsEnd(why, run)
  run.progress.rollingBack(undone)
  display.left(leftovers)
  display.is('rolled-back', why)
  await condition(allHandlersFinished)
  const left =
    leftovers.length === 0
      ? 'nothing'
      : leftovers.map(({ what, why: reason }) => `${what}: ${reason}`).join('; ')
  throw ended('RolledBack', `${why}; rolled back ${undone.length} steps; left behind: ${left}`, { leftovers })
}

/** Ends the run and leaves what it did. @throws Stopped */
async function endHere(state: RunState, why: string, { ref, display }: Dependencies): Promise<never> {
  display.is(state, why)
  await condition(allHandlersFinished)
  throw ended('Stopped', `${why}; what was done stays. To undo it: reinstate rollback ${ref.run}`, {})
}

/** @throws RollbackIncomplete, also if somebody terminated the rollback */
async function rollbackToItsEnd(why: string, { ref, display, progress }: Dependencies) {
  // What the rollback asked when it was last seen: its end clears the questions from the display.
  let asked: readonly Decision[] = []
  let latest: readonly Decision[] = []
  const watching: RunDisplay = {
    ...display,
    ofChild: (workflowId, notices) => {
      asked = latest
      latest = notices.decisions
      display.ofChild(workflowId, notices)
    },
  }
  try {
    return await rollbackAsChild(progress.forRollback(ref), why, watching)
  } catch (error) {
    const cause = error instanceof ChildWorkflowFailure ? error.cause : error
    const reason =
      cause instanceof TerminatedFailure
        ? ['somebody terminated it', ...asked.map(({ happened }) => `it had asked: ${happened}`)].join('; ')
        : reasonOf(cause).message
    const detail = `the rollback did not finish: ${reason}`
    display.is('rollback-incomplete', detail)
    await condition(allHandlersFinished)
    throw ended('RollbackIncomplete', `${detail}. To continue it: reinstate rollback ${ref.run}`, {})
  }
}

async function isRollbackWanted(error: unknown, run: WithLocks): Promise<boolean> {
  if (!isCancellation(error)) return error instanceof RollbackWanted
  const { progress } = run
  const guard = progress.guardOfCancel()
  if (guard.approvers.length === 0 || !progress.hasJournal()) return true
  return (await askAboutCancel({ ...run, guard, unlockedSince: run.locks.unlockedSince() })) === 'rollback'
}
