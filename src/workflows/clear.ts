import {
  allHandlersFinished,
  CancellationScope,
  condition,
  executeChild,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'
import type { RunDisplay } from './display.ts'
import type { ClearRequest, RollbackResult } from './messages.ts'
import { runAttribute } from './search-attributes.ts'
import { startOrJoin } from './start-or-join.ts'
import { cut } from './text.ts'
import { openUndoing, undoEntries } from './undo-entries.ts'
import type { UndoWords } from './undo-entries.ts'
import { readRefOfParent } from './validate-input.ts'

const CLEAR: UndoWords = {
  what: 'the clear',
  states: { run: 'clearing', phase: 'cleared' },
  skipped:
    'the clear goes on with the other steps listed below. Then the run goes on, and ends as done-not-proven',
  // No plan may clear what serves (R058, bad-clear).
  visitors: 'Visitors: not affected; a clear undoes only what no visitor uses.',
}

/**
 * Undoes what some phases of a run did, by the same code as a rollback. A cancel of the run does not stop it. If an undo
 * fails, it asks a person, on the page of the run too. Completes also where people left a step as it was: see `notUndone`.
 */
export async function clearPhases(request: ClearRequest): Promise<RollbackResult> {
  const ref = readRefOfParent(request)
  const { startedBy: by, after } = request
  const start = { title: `Clear of phase ${after} of ${ref.run}`, ...(by === undefined ? {} : { by }) }
  const undoing = openUndoing(ref, start, CLEAR)
  undoing.display.decisions.recordUnknownSignals()
  return await CancellationScope.nonCancellable(async () => {
    const result = await undoEntries(request, undoing)
    await condition(allHandlersFinished)
    const left = result.notUndone.map(({ step, why }) => `not undone: ${step}: ${why}`)
    undoing.display.is('cleared', left.length === 0 ? undefined : left.join('; '))
    return result
  })
}

/** Clears phases from within a run, as a child that outlives it: `<run>/<phase>/clear`. `display`: the run's. */
export async function clearAsChild(
  request: ClearRequest,
  { display, started }: { readonly display: RunDisplay; readonly started: (workflowId: string) => void },
): Promise<RollbackResult> {
  const { ref, after, phases } = request
  const titles = phases.filter(({ phase }) => request.clears.includes(phase)).map(({ title }) => title)
  const { result } = await startOrJoin<RollbackResult>({
    name: `${ref.run}/${after}/clear`,
    type: 'clearPhases',
    ref,
    from: 1,
    watch: { display },
    start: (workflowId) => {
      started(workflowId)
      return executeChild(clearPhases, {
        workflowId,
        args: [request],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        typedSearchAttributes: runAttribute(ref.run),
        memo: { ...ref },
        staticSummary: cut(`clear ${titles.join(', ')}`, 180),
      })
    },
  })
  return result
}
