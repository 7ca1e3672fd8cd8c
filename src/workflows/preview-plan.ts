import { ended, reasonOf, thisRun } from './failures.ts'
import { runActivities } from './activity-options.ts'
import { lookAhead } from './look-ahead.ts'
import type { RunRequest, StepPreview } from './messages.ts'

/** What a run would do, found by looking at every step on the real hosts; changes nothing and takes no lock. */
export async function previewPlan(request: RunRequest): Promise<readonly StepPreview[]> {
  // What a run would name after itself is shown as `preview`.
  const ref = { ...thisRun(), run: 'preview' }
  try {
    const plan = await runActivities(`read plan ${request.plan}`).resolvePlan({ ...request, ref })
    await Promise.all(plan.hosts.map((host) => runActivities(`is ${host} ready?`).checkHost({ ref, host })))
    const { steps } = await lookAhead('look at all steps', { ref, plan, phases: plan.phases })
    return steps
  } catch (error) {
    const { type, message } = reasonOf(error)
    throw ended('Refused', message, { type })
  }
}
