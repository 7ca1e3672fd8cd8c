/** The checklist of a gate: each criterion with the evidence of the steps that stand for it. Pure. */
import type { ResolvedGate } from '../plan/plan.ts'
import type { StepResult } from './messages.ts'
import type { PassedOver } from './progress.ts'
import type { Criterion } from './status.ts'
import { escaped } from './text.ts'

/** From the strongest to the weakest. */
const STRENGTHS = [
  'proven',
  'observed',
  'stated',
  'not proven',
] as const satisfies readonly Criterion['strength'][]

/** A criterion is as strong as its weakest step; one that people passed over is not proven. */
export function criteriaOf(
  { criteria = [] }: Pick<ResolvedGate, 'criteria'>,
  {
    done,
    passedOver,
  }: {
    readonly done: readonly Pick<StepResult, 'step' | 'evidence'>[]
    readonly passedOver: readonly (Pick<PassedOver, 'step' | 'by'> & { readonly choice: string })[]
  },
): readonly Criterion[] {
  return criteria.map(({ says, by }) => {
    const steps = by.map((step): Criterion['by'][number] => {
      const passed = passedOver.find((one) => one.step === step)
      const evidence = done.find((one) => one.step === step)?.evidence
      return passed || !evidence
        ? { step, strength: 'not proven', summary: passed ? `${passed.choice} by ${passed.by}` : 'not done' }
        : { step, strength: evidence.strength, summary: evidence.summary }
    })
    const weakest = Math.max(...steps.map(({ strength }) => STRENGTHS.indexOf(strength)))
    return { says, strength: STRENGTHS[weakest] ?? 'not proven', by: steps }
  })
}

export function isUnproven({ strength }: Criterion): boolean {
  return strength === 'not proven'
}

/** As Markdown: the criterion, and below it the evidence of each step. */
export function criteriaLines(criteria: readonly Criterion[]): readonly string[] {
  return criteria.flatMap(({ says, strength, by }) => [
    `- **${strength}**: ${escaped(says)}`,
    ...by.map((step) => `  - ${step.step}: ${step.strength}: ${escaped(step.summary)}`),
  ])
}
