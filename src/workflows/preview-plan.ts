import { uuid4 } from '@temporalio/workflow'
import type { ResolvedPlan } from '../plan/plan.ts'
import { queueOf, runActivities } from './activity-options.ts'
import { forecastDowntime } from './downtime.ts'
import { ended, reasonOf } from './failures.ts'
import { previewSteps } from './preview-steps.ts'
import { handleUnknownSignals, readRunRequest } from './validate-input.ts'
import type { RunRef, RunRequest } from './messages.ts'
import type { HostIdentity, StepsPreview, PlanFacts, Preview, StepPreview } from './previews.ts'

/** A plan as every preview reads it, with the identity of the plan and of its hosts. */
export interface AsPreviewed {
  readonly ref: RunRef
  readonly plan: ResolvedPlan
  readonly facts: { readonly plan: PlanFacts; readonly hosts: readonly HostIdentity[] }
}

/** Inspects every step on the real hosts to find what a run would do. Changes nothing and takes no lock. @throws BadRequest, Refused */
export async function previewPlan(raw: RunRequest & { readonly audit?: boolean }): Promise<Preview> {
  const { plan: name, inputs = {}, audit = false } = readRunRequest(raw)
  handleUnknownSignals()
  try {
    const previewed = await readForPreview({ plan: name, inputs })
    const { ref, plan, facts } = previewed
    const readiness = (host: string) =>
      runActivities(`is ${host} ready?`, queueOf(host, plan.taskQueues)).checkHost({ ref, host })
    await Promise.all(plan.hosts.map(readiness))
    const { phaseSeconds = {}, ...found } = await inspectForPreview(previewed, 'inspect all steps', { audit })
    const downtime = downtimeOf(plan, found.steps)
    return {
      preview: 1,
      madeAt: new Date().toISOString(),
      request: { plan: name, inputs },
      ...facts,
      phases: plan.phases.map(({ phase, title, gate, clears }) => ({
        phase,
        title,
        gated: gate !== undefined,
        ...(clears && { clears }),
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

/** From what such steps usually take: a preview has measured nothing. A gate forecasts anew, from what the run has measured. */
function downtimeOf({ downtime, phases }: ResolvedPlan, shown: readonly StepPreview[]): Preview['downtime'] {
  const forecasts = phases.map((phase) =>
    forecastDowntime(downtime, phase, { shown, measured: [], stepOf: () => undefined }),
  )
  const [forecast] = forecasts.filter((one) => one !== undefined)
  return downtime && forecast && { ...downtime, ...forecast }
}

/** Reads the plan as every preview does. Its run is called `preview`, so that two previews compare equal. */
export async function readForPreview({ plan: name, inputs = {} }: RunRequest): Promise<AsPreviewed> {
  const ref = { run: 'preview', token: uuid4() }
  const plan = await runActivities(`read plan ${name} for a preview`).resolvePlan({
    plan: name,
    inputs,
    ref,
  })
  const facts = await runActivities('identify the plan and its hosts').identify({ plan })
  return { ref, plan, facts }
}

/** Inspects all its steps. */
export async function inspectForPreview(
  { ref, plan }: AsPreviewed,
  summary: string,
  { audit = false } = {},
): Promise<StepsPreview> {
  return await previewSteps(summary, { ref, plan, phases: plan.phases, ...(audit ? { audit } : {}) })
}
