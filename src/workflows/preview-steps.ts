import type { BeganWith } from '../activities/activities.ts'
import type { ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import { runActivities } from './activity-options.ts'
import { ended } from './failures.ts'
import type { RunRef } from './messages.ts'
import type { StepsPreview, StepPreview } from './previews.ts'

/** Inspects every step before the first change. @throws StepRefused with every reason why a step cannot be carried out. */
export async function previewAllSteps(plan: ResolvedPlan, ref: RunRef): Promise<readonly StepPreview[]> {
  const { steps } = await previewSteps('inspect all steps before the first change', {
    ref,
    plan,
    phases: plan.phases,
  })
  const refused = steps.flatMap(({ step, host, refused: why }) =>
    why === undefined ? [] : [`${step} on ${host}: ${why}`],
  )
  if (refused.length > 0) throw ended('StepRefused', refused.join('\n'), {})
  return steps
}

/** Inspects the steps of these phases. */
export async function previewSteps(
  summary: string,
  of: {
    readonly ref: RunRef
    readonly plan: Pick<ResolvedPlan, 'plan' | 'hosts' | 'secrets' | 'taskQueues'>
    readonly phases: readonly ResolvedPhase[]
    readonly outputs?: Readonly<Record<string, Readonly<Record<string, string>>>>
    readonly audit?: boolean
    readonly began?: BeganWith
  },
): Promise<StepsPreview> {
  const { ref, plan, phases, outputs = {}, audit, began } = of
  const { plan: id, hosts, secrets, taskQueues = {} } = plan
  // At worst one step after another, each with its timeout in the run.
  const seconds = phases.flatMap(({ steps }) => steps).reduce((sum, step) => sum + step.timeoutSeconds, 1800)
  const request = {
    ref,
    plan: { plan: id, hosts, ...(secrets ? { secrets } : {}) },
    phases,
    outputs,
    ...(audit === undefined ? {} : { audit }),
  }
  // The workers of a host inspect its steps; the run's own worker adds its steps to theirs, and looks at them together.
  const elsewhere: StepPreview[] = []
  for (const taskQueue of new Set(Object.values(taskQueues))) {
    const only = hosts.filter((host) => taskQueues[host] === taskQueue)
    if (!phases.some((phase) => phase.steps.some(({ host }) => only.includes(host)))) continue
    const of = { seconds, taskQueue }
    elsewhere.push(...(await runActivities(summary, of).previewSteps({ ...request, only })).steps)
  }
  return await runActivities(summary, { seconds }).previewSteps({
    ...request,
    ...(elsewhere.length > 0 && { elsewhere }),
    ...(began && { began }),
  })
}
