import { driftBetween, driftLines } from './drift.ts'
import type { Drift } from './drift.ts'
import { ended } from './failures.ts'
import type { RunRequest } from './messages.ts'
import { lookLikeAPreview, readLikeAPreview } from './preview-plan.ts'
import type { AsPreviewed } from './preview-plan.ts'
import type { Previewed } from './previews.ts'

/**
 * Holds the plan, the files beside it, the inputs and the inventory to a saved preview; no host is asked.
 * @throws PreviewDrifted naming every difference.
 */
export async function refuseOtherPlan(saved: Previewed, request: RunRequest): Promise<AsPreviewed> {
  const now = await readLikeAPreview(request)
  const { plan } = now.facts.plan
  if (plan !== saved.plan.plan)
    throw ended('PreviewDrifted', `this preview is of plan ${saved.plan.plan}, and not of ${plan}`, {})
  refuse(saved, driftBetween(saved, { ...now.facts, steps: saved.steps }))
  return now
}

/** The same for what is found on the hosts, once they are locked. @throws PreviewDrifted naming every difference. */
export async function refuseOtherState(saved: Previewed, now: AsPreviewed): Promise<void> {
  const { steps } = await lookLikeAPreview(now, 'is everything as it was previewed?')
  refuse(saved, driftBetween(saved, { ...now.facts, steps }))
}

function refuse({ madeAt }: Previewed, drifts: readonly Drift[]): void {
  if (drifts.length === 0) return
  const since = `since the preview of ${madeAt.slice(0, 16).replace('T', ' ')} UTC`
  throw ended(
    'PreviewDrifted',
    [
      `not everything is as it was previewed; ${since}:`,
      ...driftLines(drifts).map((line) => `  ${line}`),
    ].join('\n'),
    { drifts: drifts.slice(0, 100) },
  )
}
