import { executeChild } from '@temporalio/workflow'
import type { PhaseRequest, PhaseResult } from '../../src/workflows/messages.ts'
import { runPhase } from '../../src/workflows/run-phase.ts'

export { runPhase }

/** A run with one phase and nothing else: only a run may start a phase. */
export async function parent(request: PhaseRequest): Promise<PhaseResult> {
  return await executeChild(runPhase, { workflowId: `${request.ref.run}/work`, args: [request] })
}
