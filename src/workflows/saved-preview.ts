import { driftBetween, driftLines } from './drift.ts'
import type { Drift } from './drift.ts'
import { ended } from './failures.ts'
import type { RunRequest } from './messages.ts'
import { inspectForPreview, readForPreview } from './preview-plan.ts'
import type { AsPreviewed } from './preview-plan.ts'
import type { Previewed } from './previews.ts'

/** Compares the plan, its files, its inputs and the inventory with a saved preview; asks no host. @throws PreviewDrifted */
export async function refuseOtherPlan(saved: Previewed, request: RunRequest): Promise<AsPreviewed> {
  const now = await readForPreview(request)
  const { plan } = now.facts.plan
  if (plan !== saved.plan.plan)
    throw ended('PreviewDrifted', `the preview is of plan ${saved.plan.plan}, not of ${plan}`, {})
  refuse(saved, driftBetween(saved, { ...now.facts, steps: saved.steps }))
  return now
}

/** Compares what is found on the hosts, once they are locked. @throws PreviewDrifted */
export async function refuseOtherState(saved: Previewed, now: AsPreviewed): Promise<void> {
  const { steps } = await inspectForPreview(now, 'inspect all steps, to compare with the preview')
  refuse(saved, driftBetween(saved, { ...now.facts, steps }))
}

function refuse({ madeAt }: Previewed, drifts: readonly Drift[]): void {
  if (drifts.length === 0) return
  const since = `since the preview of ${madeAt.slice(0, 16).replace('T', ' ')} UTC`
  throw ended(
    'PreviewDrifted',
    [`changed ${since}:`, ...driftLines(drifts).map((line) => `  ${line}`)].join('\n'),
    { drifts: drifts.slice(0, 100) },
  )
}
