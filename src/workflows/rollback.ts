import {
  allHandlersFinished,
  CancellationScope,
  condition,
  executeChild,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'
import { runActivities } from './activity-options.ts'
import { staticDetails } from './details.ts'
import { readShowing } from './display.ts'
import type { RunDisplay } from './display.ts'
import { ended, reasonOf, thisRun } from './failures.ts'
import { takeLocksOrStop } from './lock-question.ts'
import { takeLocks } from './locks.ts'
import type { RollbackRequest, RollbackResult, RollbackRunRequest } from './messages.ts'
import { startNotifier } from './notify.ts'
import { approversOf } from './progress.ts'
import { runAttribute } from './search-attributes.ts'
import { startOrJoin } from './start-or-join.ts'
import type { RunStatus } from './status.ts'
import { cut } from './text.ts'
import { openUndoing, ROLLBACK, undoEntries } from './undo-entries.ts'
import type { Undoing } from './undo-entries.ts'
import { readRefOfParent, readRollbackRunRequest } from './validate-input.ts'

/**
 * Undoes a run's journal in reverse order of needs, independent steps concurrently. A cancel of the run does not stop it.
 * If an undo fails, it asks a person, on the page of the run too. What that step needed is undone only after the answer.
 * Fails as `RollbackIncomplete`.
 */
export async function rollback(request: RollbackRequest): Promise<RollbackResult> {
  const ref = readRefOfParent(request)
  const undoing = openUndoing(
    ref,
    { title: `Roll back ${ref.run}`, ...startedBy(request.startedBy) },
    ROLLBACK,
  )
  undoing.display.decisions.recordUnknownSignals()
  return await CancellationScope.nonCancellable(() => undoAll(request, undoing))
}

/**
 * Rolls back a closed run: gathers its journal from its history and takes its locks again. Skips what an earlier rollback
 * of the run has undone. If the plan names approvers, one of them has to approve first. Fails as `RollbackRejected`
 * (nothing was undone) or `RollbackIncomplete`.
 */
export async function rollbackRun(raw: RollbackRunRequest): Promise<RollbackResult> {
  const own = thisRun()
  const { run, by, reason } = readShowing(own, () => readRollbackRunRequest(raw))
  const undoing = openUndoing({ ...own, run }, { title: `Roll back ${run}`, ...startedBy(by) }, ROLLBACK)
  const { display } = undoing
  display.decisions.recordUnknownSignals()
  return await CancellationScope.nonCancellable(async () => {
    const refuse = (error: unknown): never => {
      const { type, message } = reasonOf(error)
      display.is('refused', message)
      throw ended('Refused', message, { type })
    }
    const request = await runActivities(`gather what ${run} did`).readRun({ run }).catch(refuse)
    undoing.of(request)
    const { plan, notify: subscriptions = [] } = request
    await startNotifier(own, { run, plan: plan.plan, title: `Roll back ${run}`, subscriptions })
    await requireApproval(request, { undoing, ...(reason === undefined ? {} : { reason }) })
    // A host refuses the note of a run that was cleaned.
    const isLocked = await takeLocksOrStop((waiter) => takeLocks(request, display, { waiter }), {
      ...{ display, stop: 'this rollback ends; nothing is undone. The run can be rolled back later' },
    }).catch(refuse)
    if (!isLocked)
      return await endUndone(`people ended the rollback of ${run} while it waited for a lock`, display)
    const why = reason === undefined ? {} : { reason: `${by ?? 'somebody'} asked for it: ${reason}` }
    return await undoAll({ ...request, ...why }, undoing)
  })
}

function startedBy(by: string | undefined): Pick<RunStatus, 'by'> {
  return by === undefined ? {} : { by }
}

/** @throws RollbackRejected */
async function requireApproval(
  request: RollbackRequest,
  { undoing: { display }, reason }: { readonly undoing: Undoing; readonly reason?: string },
): Promise<void> {
  const { ref, journal } = request
  const guard = approversOf(request)
  if (guard.approvers.length === 0 || journal.length === 0) return
  const { choice, by } = await display.decisions.ask({
    decision: `rollback/${ref.run}`,
    kind: 'rollback',
    title: `may run ${ref.run} be rolled back?`,
    happened: `Somebody asked to roll back the closed run ${ref.run}${reason === undefined ? '' : `: ${reason}`}. Nothing is undone yet.`,
    advice: {
      text: 'Approve only if the changes of the run should be undone: the site that visitors use now may go down.',
    },
    phase: '',
    ...guard,
    withinSeconds: 24 * 3600,
    onExpiry: 'ask-again',
    shows: [],
    choices: [
      { choice: 'approve', does: 'what is listed below is undone, newest first' },
      { choice: 'reject', does: 'nothing is undone; this rollback ends' },
    ],
  })
  if (choice === 'approve') return
  return await endUndone(`${by} rejected the rollback of ${ref.run}`, display)
}

/** Ends a rollback that has undone nothing. @throws RollbackRejected */
async function endUndone(why: string, display: RunDisplay): Promise<never> {
  display.is('stopped', `${why}; nothing was undone`)
  await condition(allHandlersFinished)
  throw ended('RollbackRejected', `${why}; nothing was undone`, {})
}

/** Rolls back from within a run, as a child that outlives it. `display`: the run's. */
export async function rollbackAsChild(
  request: RollbackRequest,
  reason: string,
  display: RunDisplay,
): Promise<RollbackResult> {
  const { ref } = request
  const { result } = await startOrJoin<RollbackResult>({
    name: `${ref.run}/rollback`,
    type: 'rollback',
    ref,
    from: 1,
    watch: { display },
    start: (workflowId) =>
      executeChild(rollback, {
        workflowId,
        args: [{ ...request, reason }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        typedSearchAttributes: runAttribute(ref.run),
        memo: { ...ref },
        staticSummary: cut(`roll back ${ref.run}: ${reason}`, 180),
        staticDetails: staticDetails(ref.run),
      }),
  })
  return result
}

async function undoAll(request: RollbackRequest, undoing: Undoing): Promise<RollbackResult> {
  const { display } = undoing
  const { reason } = request
  const result = await undoEntries(request, undoing)
  const { undone, leftovers, notUndone } = result
  await condition(allHandlersFinished)
  if (notUndone.length === 0) {
    display.is('rolled-back', reason)
    return result
  }
  const missing = notUndone.map(({ step, why }) => `${step}: ${why}`).join('; ')
  display.is('rollback-incomplete', `not undone: ${missing}`)
  throw ended(
    'RollbackIncomplete',
    `rollback incomplete at ${missing}; undone: ${undone.join(', ') || 'nothing'}`,
    { undone, leftovers, notUndone },
  )
}
