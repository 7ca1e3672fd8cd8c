import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import type { Criterion } from '../plan.ts'
import { allBefore, type Needs } from './graph.ts'
import { isCalled, isWritable, type Ordered } from './order.ts'

interface Gated extends Ordered {
  readonly header: Ordered['header'] & {
    readonly gate?: { readonly criteria?: readonly Criterion[] | undefined } | undefined
  }
  readonly steps: readonly Ordered[]
}

/**
 * Returns the criteria of a phase's gate, with the ids of their steps. Reports names of no step, and steps that are not
 * done before the gate.
 */
export function criteriaOf(
  phase: Gated,
  all: readonly Gated[],
  { needs, diagnostics }: { readonly needs: Needs; readonly diagnostics: Diagnostics },
): readonly Criterion[] {
  const before = allBefore(needs, phase.id)
  const steps = all.flatMap((of) => of.steps.map((step) => ({ step, of })))
  const { criteria = [] } = phase.header.gate ?? {}
  return criteria.map(({ says, by }, index) => ({
    says,
    by: by.flatMap((name, number) => {
      const at = [...phase.at, 'gate', 'criteria', index, 'by', number]
      const found = steps.filter(({ step }) => isCalled(step, name))
      const late = found.find(({ of }) => !before.has(of.id))
      if (found.length === 0)
        diagnostics.at(at, {
          code: 'unknown-step',
          message: `the plan has no step "${name}"`,
          ...didYouMean(
            name,
            new Set(steps.flatMap(({ step: { id, base } }) => [base, id]).filter(isWritable)),
          ),
        })
      if (late)
        diagnostics.at(at, {
          code: 'bad-criterion',
          message: `step ${late.step.id} of phase ${late.of.id} is not done when the gate of ${phase.id} asks`,
          hint:
            late.of === phase || allBefore(needs, late.of.id).has(phase.id)
              ? 'name a step of a phase before'
              : `add ${late.of.base} to the needs of ${phase.id}`,
        })
      return found.map(({ step }) => step.id)
    }),
  }))
}
