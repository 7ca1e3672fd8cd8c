import type { ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import { runActivities } from './activity-options.ts'
import { ended } from './failures.ts'
import type { RunRef } from './messages.ts'
import type { LookedAhead, StepPreview } from './previews.ts'

/** Looks at every step before the first change. @throws StepRefused naming everything that stands in the way. */
export async function firstLookAhead(plan: ResolvedPlan, ref: RunRef): Promise<readonly StepPreview[]> {
  const { steps } = await lookAhead('look at all steps before the first change', {
    ref,
    plan,
    phases: plan.phases,
  })
  const refused = steps.flatMap((step) => {
    const why = step.refused ?? neverThere(step, steps)
    return why === undefined ? [] : [`${step.step} on ${step.host}: ${why}`]
  })
  if (refused.length > 0) throw ended('StepRefused', refused.join('\n'), {})
  return steps
}

/** Why a step would wait for what no step before it makes. What a command makes is nowhere said, so it may be that. */
function neverThere({ step, later, after }: StepPreview, all: readonly StepPreview[]): string | undefined {
  const before = all.slice(
    0,
    all.findIndex((one) => one.step === step),
  )
  if (later === undefined || after !== undefined || before.some(({ kind }) => kind === 'command'))
    return undefined
  return `${later} is not there, and no step before it makes it; check the name, or make it first`
}

export async function lookAhead(
  summary: string,
  of: {
    readonly ref: RunRef
    readonly plan: Pick<ResolvedPlan, 'plan' | 'hosts' | 'secrets'>
    readonly phases: readonly ResolvedPhase[]
    readonly outputs?: Readonly<Record<string, Readonly<Record<string, string>>>>
    readonly audit?: boolean
  },
): Promise<LookedAhead> {
  const { ref, plan, phases, outputs = {}, audit } = of
  const { plan: id, hosts, secrets } = plan
  return await runActivities(summary).lookAhead({
    ref,
    plan: { plan: id, hosts, ...(secrets ? { secrets } : {}) },
    phases,
    outputs,
    ...(audit === undefined ? {} : { audit }),
  })
}

/** One line to a step and those of its changes below it, for gates. */
export function previewLines(steps: readonly StepPreview[]): string[] {
  return steps.flatMap(
    ({ title, host, changes, notes = [], later, after, waits, nothingToDo, refused, cannotUndo }) => [
      `- ${title}${host === '' ? '' : ` (on ${host})`}${cannotUndo ? ` — **cannot be undone**: ${cannotUndo}` : ''}`,
      ...changes.map((line) => `  - ${line}`),
      ...(notes.length > 0 ? ['  ```', ...notes.map((line) => `  ${line}`), '  ```'] : []),
      ...(later ? [`  - known later${after ? `, after ${after.join(', ')}` : ''}: ${later}`] : []),
      ...(waits ? [`  - ${waits}`] : []),
      ...(nothingToDo ? [`  - nothing to do: ${nothingToDo}`] : []),
      ...(refused ? [`  - **would be refused**: ${refused}`] : []),
    ],
  )
}
