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
import { openBoard } from './board.ts'
import type { Board } from './board.ts'
import { ended, reasonOf, thisRun } from './failures.ts'
import { takeLocks } from './locks.ts'
import type { RunRef, RunRequest, RunResult } from './messages.ts'
import { firstLookAhead } from './look-ahead.ts'
import { startLedger } from './ledger.ts'
import type { Ledger } from './ledger.ts'
import { RollBackWanted, runPhases, StopWanted } from './run-phases.ts'
import { rollBackAsChild } from './roll-back.ts'
import { refuseOtherPlan, refuseOtherState } from './saved-preview.ts'
import { rollBackQuery, stepFailed } from './signals.ts'

/**
 * A plan, from its file to its end: one workflow to open, to ask and to answer. Ends green only when every phase is
 * proven; else it fails as `Refused` (nothing was changed), `RolledBack`, `Stopped` or `RollbackIncomplete`.
 */
export async function runPlan(request: RunRequest): Promise<RunResult> {
  const ref = thisRun()
  const board = openBoard(ref, aboutRun(request))
  const ledger = startLedger()
  const attestations = openAttestations(board)
  setHandler(rollBackQuery, () => ledger.forRollBack(ref), {
    description: 'What a rollback of this run needs',
  })
  setHandler(stepFailed, ({ phase, failure }) =>
    board.is(
      'running',
      `step ${failure.step} of ${phase} failed; what runs beside it comes to its end first`,
    ),
  )

  board.decisions.recordTheRest()

  const plan = await beforeAnyChange(request, { ref, board, ledger })
  board.is('running')
  try {
    await runPhases(plan, { ref, board, ledger, attestations })
  } catch (error) {
    // What follows must not be cut short by the cancel that led here.
    return await CancellationScope.nonCancellable(() => afterFailure(error, { ref, board, ledger }))
  }
  board.is('done')
  await condition(allHandlersFinished)
  return { state: 'done', phases: plan.phases.length, steps: ledger.stepsDone(), leftovers: [] }
}

interface Surroundings {
  readonly ref: RunRef
  readonly board: Board
  readonly ledger: Ledger
}

/** All that can be found wrong without changing anything is found here; a refused run has harmed nothing. */
async function beforeAnyChange(
  request: RunRequest,
  { ref, board, ledger }: Surroundings,
): Promise<ResolvedPlan> {
  try {
    const { preview: saved, ...asked } = request
    const plan = await runActivities(`read plan ${request.plan}`).resolvePlan({ ...asked, ref })
    ledger.planned(plan)
    board.planned(plan, plan.phases)
    const still = saved && (await refuseOtherPlan(saved, asked))
    await Promise.all(plan.hosts.map((host) => runActivities(`is ${host} ready?`).checkHost({ ref, host })))
    await takeLocks(ledger.forRollBack(ref), board)
    board.is('looking-ahead')
    if (still) await refuseOtherState(saved, still)
    const found = await firstLookAhead(plan, ref)
    // Whoever asks for just what was previewed has approved that much.
    if (still) ledger.approve(found)
    return plan
  } catch (error) {
    if (isCancellation(error)) {
      board.is('stopped', 'it was cancelled; nothing was changed')
      throw error
    }
    const { type, message } = reasonOf(error)
    board.is('refused', 'nothing was changed')
    throw ended('Refused', `${message}\nNothing was changed.`, { type })
  }
}

/** A failed, stopped or cancelled run: what was done is put back, or stays as it is, as people chose. */
async function afterFailure(error: unknown, { ref, board, ledger }: Surroundings): Promise<never> {
  const why = isCancellation(error) ? 'the run was cancelled' : reasonOf(error).message
  const rollBackWanted = isCancellation(error) || error instanceof RollBackWanted
  if (!rollBackWanted) {
    // Somebody chose it, or something unforeseen happened to a phase: then too nothing is undone unasked.
    const next = `what was done stays. To undo it: reinstate roll-back ${ref.run}`
    board.is(error instanceof StopWanted ? 'stopped' : 'failed', next)
    await condition(allHandlersFinished)
    throw ended('Stopped', `${why}; ${next}`, {})
  }
  board.is('rolling-back', `${why}; follow ${ref.run}/roll-back`)
  const { leftovers, undone } = await rollBackAsChild(ledger.forRollBack(ref), why)
  board.left(leftovers)
  board.is('rolled-back')
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
