import {
  allHandlersFinished,
  CancellationScope,
  condition,
  executeChild,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'
import type { JournalEntry } from '../plan/plan.ts'
import type { Leftover } from '../steps/step-kind.ts'
import { runActivities, stepActivities } from './activity-options.ts'
import { openDisplay } from './display.ts'
import type { RunDisplay } from './display.ts'
import { ended, stepFailure } from './failures.ts'
import { takeLocks } from './locks.ts'
import type { RollbackRequest, RollbackResult, RollbackRunRequest } from './messages.ts'
import { runGraph } from './run-graph.ts'
import { runAttribute } from './search-attributes.ts'
import { startOrJoin } from './start-or-join.ts'
import { undoOrder } from './undo-order.ts'
import { cut } from './cut.ts'

/**
 * Undoes a run's journal in the reverse of the need graph, what is independent at once. No cancel reaches it. Where an
 * undo fails a person is asked, and nothing that the step stands on is undone before. Fails as `RollbackIncomplete`.
 */
export async function rollback(request: RollbackRequest): Promise<RollbackResult> {
  const display = openDisplay(request.ref, { title: `Roll back ${request.ref.run}` })
  display.decisions.recordTheRest()
  return await CancellationScope.nonCancellable(() => undoAll(request, display))
}

/** The same for a run that is closed; gathers the journal from its history and takes its locks again. */
export async function rollbackRun({ run, by, reason }: RollbackRunRequest): Promise<RollbackResult> {
  const about = { title: `Roll back ${run}`, ...(by === undefined ? {} : { by }) }
  const display = openDisplay({ run, token: '' }, about)
  display.decisions.recordTheRest()
  return await CancellationScope.nonCancellable(async () => {
    const request = await runActivities(`gather what ${run} did`).readRun({ run })
    await takeLocks(request, display)
    return await undoAll({ ...request, ...(reason === undefined ? {} : { reason }) }, display)
  })
}

/** From within a run: as a child that outlives it. */
export async function rollbackAsChild(request: RollbackRequest, reason: string): Promise<RollbackResult> {
  const { ref } = request
  const { result } = await startOrJoin({
    name: `${ref.run}/rollback`,
    ref,
    from: 1,
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

async function undoAll(request: RollbackRequest, display: RunDisplay): Promise<RollbackResult> {
  const { plan, phases, journal, reason } = request
  const undone: string[] = []
  const settled = new Set<string>()
  const leftovers: Leftover[] = []
  const notUndone: { step: string; why: string }[] = []
  display.planned(plan, outline(request))
  display.is('rolling-back', reason)

  await runGraph(undoOrder(phases, journal), async ({ entry }) => {
    const left = await undoUntilDecided(entry, request, display)
    if ('notUndone' in left) notUndone.push({ step: entry.step.step, why: left.notUndone })
    else {
      if (entry.step.cannotUndo === undefined) undone.push(entry.step.step)
      leftovers.push(...left.leftovers)
      display.left(left.leftovers)
    }
    settled.add(entry.step.step)
    const steps = journal.filter(({ phase }) => phase === entry.phase).map(({ step }) => step.step)
    if (steps.every((step) => settled.has(step))) display.phase(entry.phase, 'undone')
  })

  await condition(allHandlersFinished)
  if (notUndone.length === 0) {
    display.is('rolled-back')
    return { undone, leftovers, notUndone }
  }
  display.is('failed', 'the rollback is incomplete')
  const missing = notUndone.map(({ step, why }) => `${step}: ${why}`).join('; ')
  throw ended(
    'RollbackIncomplete',
    `rollback incomplete at ${missing}; undone: ${undone.join(', ') || 'nothing'}`,
    {
      undone,
      leftovers,
      notUndone,
    },
  )
}

/** One step's undo; on failure as often as people say. */
async function undoUntilDecided(
  entry: JournalEntry,
  { ref, plan }: RollbackRequest,
  display: RunDisplay,
): Promise<{ readonly leftovers: readonly Leftover[] } | { readonly notUndone: string }> {
  const { step, phase, priorState, signature, outputs } = entry
  if (step.cannotUndo !== undefined) return { leftovers: [{ what: step.title, why: step.cannotUndo }] }
  for (let attempt = 1; ; attempt++) {
    try {
      const { undo } = stepActivities({ ...step, title: `undo: ${step.title}` })
      return { leftovers: await undo({ ref, plan, phase, step, attempt, outputs, priorState, signature }) }
    } catch (error) {
      const failure = stepFailure(step, attempt, error)
      const { choice } = await display.decisions.ask({
        decision: `undo/${step.step}~${attempt}`,
        kind: 'failed-undo',
        title: `undoing step ${step.step} on ${step.host} failed`,
        phase,
        step: step.step,
        host: step.host,
        approvers: [],
        withinSeconds: 3600,
        onExpiry: 'ask-again',
        shows: [
          `**${step.title}** on **${step.host}**, failed at ${failure.at}:`,
          '',
          '```',
          failure.message,
          '```',
        ],
        choices: [
          { choice: 'retry', does: 'it is undone again; what it stands on waits until then' },
          {
            choice: 'skip',
            does: 'it stays as it is and is named as not undone; the rollback goes on below it',
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
