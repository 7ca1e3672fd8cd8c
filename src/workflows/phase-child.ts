import {
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'
import type { PhaseFailure, PhaseRequest, PhaseResult } from './messages.ts'
import type { Watched } from './watch-child.ts'
import { runPhase } from './run-phase.ts'
import { runAttribute } from './search-attributes.ts'
import { detailOf, startOrJoin } from './start-or-join.ts'
import { cut } from './text.ts'

interface PhaseStart {
  readonly request: PhaseRequest
  readonly summary: string
  readonly from: number
  readonly watch: Omit<Watched, 'workflowId' | 'type'>
  readonly started: (workflowId: string) => void
}

/** Runs a phase as a child, `<run>/<phase>`, then `<run>/<phase>~2`. @throws any failure but `PhaseFailed`, unchanged. */
export async function carryOutPhase({
  request,
  summary,
  from,
  watch,
  started,
}: PhaseStart): Promise<{ readonly result: PhaseResult | PhaseFailure; readonly next: number }> {
  const { ref, phase } = request
  let number = from - 1
  return await startOrJoin<PhaseResult | PhaseFailure>({
    name: `${ref.run}/${phase.phase}`,
    type: 'runPhase',
    ref,
    from,
    watch,
    start: async (workflowId) => {
      number += 1
      started(workflowId)
      return await executeChild(runPhase, {
        workflowId,
        args: [request],
        workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
        typedSearchAttributes: runAttribute(ref.run),
        memo: { ...ref },
        staticSummary: cut(summary, 180),
      })
    },
  }).catch((error: unknown) => {
    const failure = detailOf(error, 'PhaseFailed')
    // Made by `ended` in run-phase.ts, so it is a PhaseFailure.
    if (failure !== undefined) return { result: failure as PhaseFailure, next: number + 1 }
    throw error
  })
}
