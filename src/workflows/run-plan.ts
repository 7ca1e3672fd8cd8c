import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
} from '@temporalio/workflow'
import type { ResolvedPlan } from '../plan/plan.ts'
import { runActivities } from './activity-options.ts'
import { openAttestations } from './attestations.ts'
import { openDisplay } from './display.ts'
import type { RunDisplay } from './display.ts'
import { ended, reasonOf, thisRun } from './failures.ts'
import { takeLocks } from './locks.ts'
import type { RunRef, RunRequest, RunResult } from './messages.ts'
import { previewAllSteps } from './preview-steps.ts'
import { startProgress } from './progress.ts'
import type { RunProgress } from './progress.ts'
import { RollbackWanted, runPhases, StopWanted } from './run-phases.ts'
import { rollbackAsChild } from './rollback.ts'
import { refuseOtherPlan, refuseOtherState } from './saved-preview.ts'
import { rollbackQuery, stepFailed } from './signals.ts'

/**
 * A plan, from its file to its end: one workflow to open, to ask and to answer. Ends green only when every phase is
 * proven; else it fails as `Refused` (nothing was changed), `RolledBack`, `Stopped` or `RollbackIncomplete`.
 */
export async function runPlan(request: RunRequest): Promise<RunResult> {
  const ref = thisRun()
  const display = openDisplay(ref, aboutRun(request))
  const progress = startProgress()
  const attestations = openAttestations(display)
  setHandler(rollbackQuery, () => progress.forRollback(ref), {
    description: 'What a rollback of this run needs',
  })
  setHandler(stepFailed, ({ phase, failure }) =>
    display.is(
      'running',
      `step ${failure.step} of ${phase} failed; what runs beside it comes to its end first`,
    ),
  )

  display.decisions.recordTheRest()

  const plan = await beforeAnyChange(request, { ref, display, progress })
  display.is('running')
  try {
    await runPhases(plan, { ref, display, progress, attestations })
  } catch (error) {
    // What follows must not be cut short by the cancel that led here.
    return await CancellationScope.nonCancellable(() => afterFailure(error, { ref, display, progress }))
  }
  display.is('done')
  await condition(allHandlersFinished)
  return { state: 'done', phases: plan.phases.length, steps: progress.stepsDone(), leftovers: [] }
}

interface Dependencies {
  readonly ref: RunRef
  readonly display: RunDisplay
  readonly progress: RunProgress
}

/** All that can be found wrong without changing anything is found here; a refused run has harmed nothing. */
async function beforeAnyChange(
  request: RunRequest,
  { ref, display, progress }: Dependencies,
): Promise<ResolvedPlan> {
  try {
    const { preview: saved, ...asked } = request
    const plan = await runActivities(`read plan ${request.plan}`).resolvePlan({ ...asked, ref })
    progress.planned(plan)
    display.planned(plan, plan.phases)
    const still = saved && (await refuseOtherPlan(saved, asked))
    await Promise.all(plan.hosts.map((host) => runActivities(`is ${host} ready?`).checkHost({ ref, host })))
    await takeLocks(progress.forRollback(ref), display)
    display.is('previewing')
    if (still) await refuseOtherState(saved, still)
    const found = await previewAllSteps(plan, ref)
    // Whoever asks for just what was previewed has approved that much.
    if (still) progress.approve(found)
    return plan
  } catch (error) {
    if (isCancellation(error)) {
      display.is('stopped', 'it was cancelled; nothing was changed')
      throw error
    }
    const { type, message } = reasonOf(error)
    display.is('refused', 'nothing was changed')
    throw ended('Refused', `${message}\nNothing was changed.`, { type })
  }
}

/** A failed, stopped or cancelled run: what was done is put back, or stays as it is, as people chose. */
async function afterFailure(error: unknown, { ref, display, progress }: Dependencies): Promise<never> {
  const why = isCancellation(error) ? 'the run was cancelled' : reasonOf(error).message
  const rollbackWanted = isCancellation(error) || error instanceof RollbackWanted
  if (!rollbackWanted) {
    // Somebody chose it, or something unforeseen happened to a phase: then too nothing is undone unasked.
    const next = `what was done stays. To undo it: reinstate rollback ${ref.run}`
    display.is(error instanceof StopWanted ? 'stopped' : 'failed', next)
    await condition(allHandlersFinished)
    throw ended('Stopped', `${why}; ${next}`, {})
  }
  display.is('rolling-back', `${why}; follow ${ref.run}/rollback`)
  const { leftovers, undone } = await rollbackAsChild(progress.forRollback(ref), why)
  display.left(leftovers)
  display.is('rolled-back')
  await condition(allHandlersFinished)
  const left =
    leftovers.length === 0
      ? 'nothing'
      : leftovers.map(({ what, why: reason }) => `${what}: ${reason}`).join('; ')
  throw ended('RolledBack', `${why}; rolled back ${undone.length} steps; left behind: ${left}`, { leftovers })
}

function aboutRun({ plan, by }: RunRequest) {
  return { title: `Restore ${plan}`, ...(by === undefined ? {} : { by }) }
}
