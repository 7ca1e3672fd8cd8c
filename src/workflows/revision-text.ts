import type { PlanRevision } from '../plan/plan.ts'

/** How much of a sum people compare. */
const SHOWN = 12

/** `sum 1f0c22e6a6b1, commit 8d3e5f0a9b21 with changes, read by worker 12@worker-1`. */
export function revisionText({ sha256, commit, changed, worker }: PlanRevision): string {
  const of = commit === undefined ? '' : `, commit ${commit.slice(0, SHOWN)}${changed ? ' with changes' : ''}`
  return `sum ${sha256.slice(0, SHOWN)}${of}, read by worker ${worker}`
}
