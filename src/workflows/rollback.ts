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
import { openDisplay, readShowing } from './display.ts'
import type { RunDisplay } from './display.ts'
import { ASKED_AGAIN_SECONDS } from './failed-step.ts'
import { ended, reasonOf, stepFailure, thisRun } from './failures.ts'
import { takeLocks } from './locks.ts'
import { onHost } from './messages.ts'
import type { RollbackRequest, RollbackResult, RollbackRunRequest } from './messages.ts'
import { runGraph } from './run-graph.ts'
import { runAttribute } from './search-attributes.ts'
import { startOrJoin } from './start-or-join.ts'
import { cut, escaped, fenced } from './text.ts'
import { undoOrder } from './undo-order.ts'
import { readRefOfParent, readRollbackRunRequest } from './validate-input.ts'

/**
 * Undoes a run's journal in the reverse order of the needs, in parallel where steps are independent. A cancel does not reach
 * it. Where an undo fails people are asked, and nothing that the step needed is undone before. Fails as `RollbackIncomplete`.
 */
export async function rollback(request: RollbackRequest): Promise<RollbackResult> {
  const ref = readRefOfParent(request)
  const display = openDisplay(ref, { title: `Roll back ${ref.run}` })
  display.decisions.recordUnknownSignals()
  return await CancellationScope.nonCancellable(() => undoAll(request, display))
}

/**
 * Rolls back a closed run: gathers its journal from its history and takes its locks again. Where the plan names approvers,
 * one of them has to approve first. Fails as `RollbackRejected` (nothing was undone) or `RollbackIncomplete`.
 */
export async function rollbackRun(raw: RollbackRunRequest): Promise<RollbackResult> {
  const own = thisRun()
  const { run, by, reason } = readShowing(own, () => readRollbackRunRequest(raw))
  const start = { title: `Roll back ${run}`, ...(by === undefined ? {} : { by }) }
  const display = openDisplay({ ...own, run }, start)
  display.decisions.recordUnknownSignals()
  return await CancellationScope.nonCancellable(async () => {
    const refuse = (error: unknown): never => {
      const { type, message } = reasonOf(error)
      display.is('refused', message)
      throw ended('Refused', message, { type })
    }
    const request = await runActivities(`gather what ${run} did`).readRun({ run }).catch(refuse)
    await requireApproval(request, { display, ...(reason === undefined ? {} : { reason }) })
    // A host refuses the note of a run that was cleaned.
    await takeLocks(request, display).catch(refuse)
    return await undoAll({ ...request, ...(reason === undefined ? {} : { reason }) }, display)
  })
}

/** @throws RollbackRejected */
async function requireApproval(
  { ref, approvers = [], journal }: RollbackRequest,
  { display, reason }: { readonly display: RunDisplay; readonly reason?: string },
): Promise<void> {
  if (approvers.length === 0 || journal.length === 0) return
  const { choice, by } = await display.decisions.ask({
    decision: `rollback/${ref.run}`,
    kind: 'rollback',
    title: `may run ${ref.run} be rolled back?`,
    phase: '',
    approvers,
    withinSeconds: 24 * 3600,
    onExpiry: 'ask-again',
    shows: [
      ...(reason === undefined ? [] : [`Reason: ${escaped(reason)}`, '']),
      '**What it would undo**, newest first',
      '',
      ...[...journal].reverse().map(({ step: { step, title, host, cannotUndo } }) => {
        const stays = cannotUndo === undefined ? '' : ` — stays: ${escaped(cannotUndo)}`
        return `- ${step}: ${escaped(title)}${onHost(host)}${stays}`
      }),
    ],
    choices: [
      { choice: 'approve', does: 'what is listed is undone' },
      { choice: 'reject', does: 'nothing is undone; this rollback ends' },
    ],
  })
  if (choice === 'approve') return
  display.is('stopped', 'nothing was undone')
  await condition(allHandlersFinished)
  throw ended('RollbackRejected', `${by} rejected the rollback of ${ref.run}; nothing was undone`, {})
}

/** Rolls back from within a run, as a child that outlives it. */
export async function rollbackAsChild(request: RollbackRequest, reason: string): Promise<RollbackResult> {
  const { ref } = request
  const { result } = await startOrJoin({
    name: `${ref.run}/rollback`,
    type: 'rollback',
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

/** Undoes one step; where that fails, again as often as people decide. */
async function undoUntilDecided(
  entry: JournalEntry,
  { ref, plan, approvers = [] }: RollbackRequest,
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
        title: `undo of step ${step.step}${onHost(step.host)} failed`,
        phase,
        step: step.step,
        host: step.host,
        approvers,
        withinSeconds: ASKED_AGAIN_SECONDS,
        onExpiry: 'ask-again',
        shows: [
          `**${escaped(step.title)}**${onHost(step.host)}, failed at ${failure.at}:`,
          '',
          ...fenced(failure.message),
        ],
        choices: [
          { choice: 'retry', does: 'the undo is attempted again; what the step needed waits until then' },
          {
            choice: 'skip',
            does: 'the step stays as it is and is named as not undone; the rollback continues with what the step needed',
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
