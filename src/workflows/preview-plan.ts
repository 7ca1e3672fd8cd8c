import { uuid4 } from '@temporalio/workflow'
import type { ResolvedPlan } from '../plan/plan.ts'
import { runActivities } from './activity-options.ts'
import { forecastDowntime } from './downtime.ts'
import { ended, reasonOf } from './failures.ts'
import { previewSteps } from './preview-steps.ts'
import type { RunRef, RunRequest } from './messages.ts'
import type { HostIdentity, StepsPreview, PlanFacts, Preview, StepPreview } from './previews.ts'

/** A plan as a preview reads it, and which plan and machines that is. */
export interface AsPreviewed {
  readonly ref: RunRef
  readonly plan: ResolvedPlan
  readonly facts: { readonly plan: PlanFacts; readonly hosts: readonly HostIdentity[] }
}

/** What a run would do, found by looking at every step on the real hosts; changes nothing and takes no lock. */
export async function previewPlan(request: RunRequest & { readonly audit?: boolean }): Promise<Preview> {
  const { plan: name, inputs = {}, audit = false } = request
  try {
    const previewed = await readLikeAPreview({ plan: name, inputs })
    const { ref, plan, facts } = previewed
    await Promise.all(plan.hosts.map((host) => runActivities(`is ${host} ready?`).checkHost({ ref, host })))
    const { phaseSeconds = {}, ...found } = await lookLikeAPreview(previewed, 'look at all steps', { audit })
    const downtime = downtimeOf(plan, found.steps)
    return {
      preview: 1,
      madeAt: new Date().toISOString(),
      request: { plan: name, inputs },
      ...facts,
      phases: plan.phases.map(({ phase, title, gate }) => ({
        phase,
        title,
        gated: gate !== undefined,
        seconds: phaseSeconds[phase] ?? 0,
      })),
      ...(downtime ? { downtime } : {}),
      ...found,
    }
  } catch (error) {
    const { type, message } = reasonOf(error)
    throw ended('Refused', message, { type })
  }
}

/** By what such steps usually take: a preview has measured nothing. The gate says it again, by what the run has. */
function downtimeOf({ downtime, phases }: ResolvedPlan, shown: readonly StepPreview[]): Preview['downtime'] {
  const forecasts = phases.map((phase) =>
    forecastDowntime(downtime, phase, { shown, measured: [], stepOf: () => undefined }),
  )
  const [forecast] = forecasts.filter((one) => one !== undefined)
  return downtime && forecast && { ...downtime, ...forecast }
}

/** Reads the plan as every preview does. What a run would name after itself is called `preview`, so that two are alike. */
export async function readLikeAPreview({ plan: name, inputs = {} }: RunRequest): Promise<AsPreviewed> {
  const ref = { run: 'preview', token: uuid4() }
  const plan = await runActivities(`read plan ${name}, to be previewed`).resolvePlan({
    plan: name,
    inputs,
    ref,
  })
  const facts = await runActivities('which plan and which machines is that?').identify({ plan })
  return { ref, plan, facts }
}

/** Looks at all steps of it. */
export async function lookLikeAPreview(
  { ref, plan }: AsPreviewed,
  summary: string,
  { audit = false } = {},
): Promise<StepsPreview> {
  return await previewSteps(summary, { ref, plan, phases: plan.phases, ...(audit ? { audit } : {}) })
}
