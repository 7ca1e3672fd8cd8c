import type { PhaseStatus, RunStatus } from '../src/workflows/status.ts'
import type { Stage } from '../testbed/run-stage.ts'

export interface Progress {
  readonly forward: number
  readonly back: number
}

/** The progress of a run or its rollback, from its status. Leaves out what is currently not observable. */
export async function progressOf({ client }: Stage, status: RunStatus): Promise<Partial<Progress>> {
  const { phases, state } = status
  if (state === 'rolling-back')
    return { back: phases.filter((phase) => phase.state === 'undone').length / Math.max(1, phases.length) }
  let [done, all] = [0, 0]
  for (const phase of phases) {
    all += phase.steps.length
    if (phase.state === 'done') done += phase.steps.length
    if (phase.state !== 'running' || phase.workflowId === undefined) continue
    const handle = client.workflow.getHandle(phase.workflowId)
    const seen = await handle.query<PhaseStatus>('status').catch(() => undefined)
    if (seen === undefined) return {}
    // A later attempt contains only the steps that were not completed.
    const open = seen.steps.filter((step) => step.state !== 'done' && step.state !== 'skipped')
    done += phase.steps.length - open.length
  }
  return all === 0 ? {} : { forward: done / all }
}
