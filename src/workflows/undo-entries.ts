import { workflowInfo } from '@temporalio/workflow'
import type { JournalEntry } from '../plan/plan.ts'
import type { Leftover } from '../steps/step-kind.ts'
import { stepActivities } from './activity-options.ts'
import { openDisplay } from './display.ts'
import type { RunDisplay } from './display.ts'
import { ASKED_AGAIN_SECONDS, whatFailed, withRetry } from './failed-step.ts'
import { stepFailure } from './failures.ts'
import {
  clock,
  dataInWords,
  ifNobodyAnswers,
  isDownAfterUndo,
  undoLines,
  visitorsAfterUndo,
} from './impact.ts'
import { onHost } from './messages.ts'
import { observeUndone } from './observe.ts'
import type { NotUndone, RollbackRequest, RollbackResult, RunRef, UndoRequest } from './messages.ts'
import { approversOf } from './progress.ts'
import { runGraph } from './run-graph.ts'
import type { RunState, RunStatus } from './status.ts'
import { capitalized, fenced } from './text.ts'
import { undoOrder } from './undo-order.ts'

/** What undoes, as its questions call it. */
export interface UndoWords {
  /** `the rollback` */
  readonly what: string
  /** What comes of a step that people leave as it is. */
  readonly skipped: string
  /** The state of its workflow while it undoes, and of a phase when that is undone. */
  readonly states: { readonly run: RunState; readonly phase: 'undone' | 'cleared' }
  /** What visitors notice of it. Default: derived from the downtime of the plan. */
  readonly visitors?: string
}

export const ROLLBACK: UndoWords = {
  what: 'the rollback',
  states: { run: 'rolling-back', phase: 'undone' },
  skipped: 'the rollback undoes what else is listed below, and ends as rollback-incomplete',
}

/** A rollback or a clear in progress: its page, and when each step was undone. */
export interface Undoing {
  readonly display: RunDisplay
  readonly words: UndoWords
  readonly of: (request: RollbackRequest) => void
  readonly undone: Map<string, string>
}

/** Sets the handlers. Call it in a workflow's first lines. */
export function openUndoing(ref: RunRef, start: Pick<RunStatus, 'title' | 'by'>, words: UndoWords): Undoing {
  const undone = new Map<string, string>()
  let request: RollbackRequest | undefined
  const visitors = () =>
    request &&
    (words.visitors ??
      visitorsAfterUndo(request.downtime, {
        journal: request.journal.map(({ step: { step } }) => step),
        undone,
        noDowntime: request.noDowntime,
      }))
  const isDown = () => {
    const { downtime, journal = [] } = request ?? {}
    return (
      downtime !== undefined &&
      isDownAfterUndo(downtime, { journal: journal.map(({ step: { step } }) => step), undone })
    )
  }
  const left = () => undoLines((request?.journal ?? []).filter(({ step: { step } }) => !undone.has(step)))
  return {
    display: openDisplay(ref, start, {
      visitors,
      data: () => dataInWords(request?.journal ?? []),
      undoes: left,
      // A rollback ignores a cancel.
      unanswered: (asked) => (isDown() ? ifNobodyAnswers(asked) : undefined),
    }),
    words,
    of: (known) => {
      request = known
    },
    undone,
  }
}

/**
 * Undoes the journal of a request in reverse order of needs, independent steps concurrently. If an undo fails, it asks a
 * person. Never throws for a failed undo: what people left as it is stands in `notUndone`.
 */
export async function undoEntries(request: RollbackRequest, undoing: Undoing): Promise<RollbackResult> {
  const { plan, phases, journal, reason, taskQueues } = request
  const { display, words } = undoing
  undoing.of(request)
  const undone: string[] = []
  const settled = new Set<string>()
  const leftovers: Leftover[] = []
  const notUndone: NotUndone[] = []
  display.planned({ ...plan, ...(taskQueues && { taskQueues }) }, outline(request))
  display.is(words.states.run, reason)

  await runGraph(undoOrder(phases, journal), async ({ entry }) => {
    const { step } = entry.step
    const left = await undoUntilDecided(entry, request, undoing)
    observeUndone(entry.step, { isUndone: !('notUndone' in left) && entry.step.cannotUndo === undefined })
    if ('notUndone' in left) notUndone.push({ step, ...left.notUndone })
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
    if (steps.every((one) => settled.has(one))) display.phase(entry.phase, words.states.phase)
  })
  return { undone, leftovers, notUndone }
}

const MOST_ATTEMPTS_OF_ONE_ROLLBACK = 1000

/**
 * What was attempted before: by rollbacks of this run, of which `<run>/rollback~2` comes after one, and by a clear that left
 * the step as it was.
 */
function earlierAttempts({ undoAttempts = 0 }: JournalEntry): Pick<UndoRequest, 'earlierAttempts'> {
  const [, number = '1'] = /~(\d+)$/.exec(workflowInfo().workflowId) ?? []
  const earlier = undoAttempts + (Number(number) - 1) * MOST_ATTEMPTS_OF_ONE_ROLLBACK
  return earlier === 0 ? {} : { earlierAttempts: earlier }
}

/** Undoes one step; where that fails, again as often as people decide. */
async function undoUntilDecided(
  entry: JournalEntry,
  request: RollbackRequest,
  { display, undone, words }: Undoing,
): Promise<{ readonly leftovers: readonly Leftover[] } | { readonly notUndone: Omit<NotUndone, 'step'> }> {
  const { ref, plan, downtime, taskQueues } = request
  const { step, phase, priorState, signature, outputs } = entry
  if (step.cannotUndo !== undefined) return { leftovers: [{ what: step.title, why: step.cannotUndo }] }
  for (let attempt = 1; ; attempt++) {
    try {
      const { undo } = stepActivities({ ...step, title: `undo: ${step.title}` }, taskQueues)
      const request = { ref, plan, phase, step, attempt, outputs, priorState, signature }
      return { leftovers: await undo({ ...request, ...earlierAttempts(entry) }) }
    } catch (error) {
      const failure = stepFailure(step, attempt, error)
      const begun = request.journal.map((one) => one.step.step)
      const isDown = downtime !== undefined && isDownAfterUndo(downtime, { journal: begun, undone })
      const stays = isDown ? ` The site ${step.step === downtime?.from ? 'STAYS' : 'may STAY'} DOWN.` : ''
      const { choice, by } = await display.decisions.ask({
        decision: `undo/${step.step}~${attempt}`,
        kind: 'failed-undo',
        title: `the undo of step "${step.step}" failed${onHost(step.host)}`,
        happened: `${capitalized(words.what)} could not undo "${step.title}"${onHost(step.host)}, in attempt ${attempt}, at ${clock(failure.at)}. ${whatFailed(failure)}`,
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
          {
            choice: 'retry',
            does: `the undo is attempted again. The rest of ${words.what} waits until it is done`,
          },
          {
            choice: 'skip',
            does: `"${step.title}" is not undone and stays as it is now; ${words.skipped}.${stays}`,
            guarded: true,
          },
        ],
      })
      if (choice === 'skip') return { notUndone: { why: failure.message, by, attempts: attempt } }
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
