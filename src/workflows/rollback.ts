import {
  allHandlersFinished,
  CancellationScope,
  condition,
  executeChild,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow'
import type { JournalEntry } from '../plan/plan.ts'
import type { Leftover } from '../steps/step-kind.ts'
import { runActivities, stepActivities } from './activity-options.ts'
import { openDisplay, readShowing } from './display.ts'
import type { RunDisplay } from './display.ts'
import { ASKED_AGAIN_SECONDS, whatFailed, withRetry } from './failed-step.ts'
import { ended, reasonOf, stepFailure, thisRun } from './failures.ts'
import { takeLocks } from './locks.ts'
import { clock, dataInWords, undoLines, visitorsAfterUndo } from './impact.ts'
import { onHost } from './messages.ts'
import type { RollbackRequest, RollbackResult, RollbackRunRequest, RunRef, UndoRequest } from './messages.ts'
import { approversOf } from './progress.ts'
import { runGraph } from './run-graph.ts'
import { runAttribute } from './search-attributes.ts'
import { startOrJoin } from './start-or-join.ts'
import type { RunStatus } from './status.ts'
import { cut, fenced } from './text.ts'
import { undoOrder } from './undo-order.ts'
import { readRefOfParent, readRollbackRunRequest } from './validate-input.ts'

/**
 * Undoes a run's journal in reverse order of needs, independent steps concurrently. A cancel of the run does not stop it.
 * If an undo fails, it asks a person, on the page of the run too. What that step needed is undone only after the answer.
 * Fails as `RollbackIncomplete`.
 */
export async function rollback(request: RollbackRequest): Promise<RollbackResult> {
  const ref = readRefOfParent(request)
  const undoing = openUndoing(ref, { title: `Roll back ${ref.run}`, ...startedBy(request.startedBy) })
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
  const undoing = openUndoing({ ...own, run }, { title: `Roll back ${run}`, ...startedBy(by) })
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
    await requireApproval(request, { undoing, ...(reason === undefined ? {} : { reason }) })
    // A host refuses the note of a run that was cleaned.
    await takeLocks(request, display).catch(refuse)
    return await undoAll({ ...request, ...(reason === undefined ? {} : { reason }) }, undoing)
  })
}

/** A rollback in progress: its page, and when each step was undone. */
interface Undoing {
  readonly display: RunDisplay
  readonly of: (request: RollbackRequest) => void
  readonly undone: Map<string, string>
}

function openUndoing(ref: RunRef, start: Pick<RunStatus, 'title' | 'by'>): Undoing {
  const undone = new Map<string, string>()
  let request: RollbackRequest | undefined
  const visitors = () =>
    request &&
    visitorsAfterUndo(request.downtime, {
      journal: request.journal.map(({ step: { step } }) => step),
      undone,
    })
  const left = () => undoLines((request?.journal ?? []).filter(({ step: { step } }) => !undone.has(step)))
  return {
    display: openDisplay(ref, start, {
      visitors,
      data: () => dataInWords(request?.journal ?? []),
      undoes: left,
    }),
    of: (known) => {
      request = known
    },
    undone,
  }
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
  display.is('stopped', `${by} rejected the rollback; nothing was undone`)
  await condition(allHandlersFinished)
  throw ended('RollbackRejected', `${by} rejected the rollback of ${ref.run}; nothing was undone`, {})
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
      }),
  })
  return result
}

async function undoAll(request: RollbackRequest, undoing: Undoing): Promise<RollbackResult> {
  const { plan, phases, journal, reason } = request
  const { display } = undoing
  undoing.of(request)
  const undone: string[] = []
  const settled = new Set<string>()
  const leftovers: Leftover[] = []
  const notUndone: { step: string; why: string }[] = []
  display.planned(plan, outline(request))
  display.is('rolling-back', reason)

  await runGraph(undoOrder(phases, journal), async ({ entry }) => {
    const { step } = entry.step
    const left = await undoUntilDecided(entry, request, undoing)
    if ('notUndone' in left) notUndone.push({ step, why: left.notUndone })
    else {
      if (entry.step.cannotUndo === undefined) {
        undone.push(step)
        undoing.undone.set(step, new Date().toISOString())
      }
      leftovers.push(...left.leftovers)
      display.left(left.leftovers)
      display.undone(step)
    }
    settled.add(step)
    const steps = journal.filter(({ phase }) => phase === entry.phase).map((one) => one.step.step)
    if (steps.every((one) => settled.has(one))) display.phase(entry.phase, 'undone')
  })

  await condition(allHandlersFinished)
  if (notUndone.length === 0) {
    display.is('rolled-back', reason)
    return { undone, leftovers, notUndone }
  }
  const missing = notUndone.map(({ step, why }) => `${step}: ${why}`).join('; ')
  display.is('rollback-incomplete', `not undone: ${missing}`)
  throw ended(
    'RollbackIncomplete',
    `rollback incomplete at ${missing}; undone: ${undone.join(', ') || 'nothing'}`,
    { undone, leftovers, notUndone },
  )
}

const MOST_ATTEMPTS_OF_ONE_ROLLBACK = 1000

/** What earlier rollbacks of this run may have attempted: `<run>/rollback~2` comes after one of them. */
function earlierAttempts(): Pick<UndoRequest, 'earlierAttempts'> {
  const [, number] = /~(\d+)$/.exec(workflowInfo().workflowId) ?? []
  return number === undefined ? {} : { earlierAttempts: (Number(number) - 1) * MOST_ATTEMPTS_OF_ONE_ROLLBACK }
}

/** Undoes one step; where that fails, again as often as people decide. */
async function undoUntilDecided(
  entry: JournalEntry,
  request: RollbackRequest,
  { display, undone }: Undoing,
): Promise<{ readonly leftovers: readonly Leftover[] } | { readonly notUndone: string }> {
  const { ref, plan, downtime } = request
  const { step, phase, priorState, signature, outputs } = entry
  if (step.cannotUndo !== undefined) return { leftovers: [{ what: step.title, why: step.cannotUndo }] }
  for (let attempt = 1; ; attempt++) {
    try {
      const { undo } = stepActivities({ ...step, title: `undo: ${step.title}` })
      const request = { ref, plan, phase, step, attempt, outputs, priorState, signature }
      return { leftovers: await undo({ ...request, ...earlierAttempts() }) }
    } catch (error) {
      const failure = stepFailure(step, attempt, error)
      const isSiteBack = downtime !== undefined && undone.has(downtime.from)
      const stays = downtime === undefined || isSiteBack ? '' : ' The site may STAY DOWN.'
      const { choice } = await display.decisions.ask({
        decision: `undo/${step.step}~${attempt}`,
        kind: 'failed-undo',
        title: `undo of step ${step.step}${onHost(step.host)} failed`,
        happened: `The rollback could not undo "${step.title}"${onHost(step.host)}, in attempt ${attempt}, at ${clock(failure.at)}. ${whatFailed(failure)}`,
        advice: {
          choice: 'retry',
          text: `${failure.advice === undefined ? 'Remove the cause named above, then retry.' : withRetry(failure.advice)} An undo can be repeated.`,
        },
        phase,
        step: step.step,
        host: step.host,
        ...approversOf(request),
        withinSeconds: ASKED_AGAIN_SECONDS,
        onExpiry: 'ask-again',
        shows: ['**The failure in full**', '', ...fenced(failure.message)],
        choices: [
          { choice: 'retry', does: 'the undo is attempted again; the rest of the rollback waits for it' },
          {
            choice: 'skip',
            does: `"${step.title}" is not undone and stays as it is now; the rollback goes on with the other steps listed below and ends as rollback-incomplete.${stays}`,
            guarded: true,
          },
        ],
      })
      if (choice === 'skip') return { notUndone: failure.message }
    }
  }
}

function outline({ phases, journal }: RollbackRequest) {
  return phases
    .map(({ phase, title }) => ({
      phase,
      title,
      steps: journal.filter((entry) => entry.phase === phase).map(({ step }) => step),
    }))
    .filter(({ steps }) => steps.length > 0)
}
