import type { PhaseStatus, RunStatus } from '../src/workflows/status.ts'
import type { Stage } from '../testbed/run-stage.ts'

export interface Progress {
  readonly forward: number
  readonly back: number
}

/** How far a run has come by its status, or how far back. What cannot be seen just now is left out. */
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
    // A later try has only those that were not done.
    const open = seen.steps.filter((step) => step.state !== 'done' && step.state !== 'skipped')
    done += phase.steps.length - open.length
  }
  return all === 0 ? {} : { forward: done / all }
}
