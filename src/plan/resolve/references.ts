import { outputsOf, type AnyStepKind } from '../../steps/step-kind.ts'
import type { PhaseDraft, StepDraft } from './draft.ts'
import type { Diagnostics, ProblemText } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { allBefore, type Needs } from '../order/graph.ts'
import { isWritable } from '../order/order.ts'

export interface PlanOrder {
  readonly phases: Needs
  /** By phase. */
  readonly steps: ReadonlyMap<string, Needs>
}

/** Reports outputs that do not exist, or may not exist in time. */
export function reportReferences(
  phases: readonly PhaseDraft[],
  {
    order,
    kinds,
    diagnostics,
  }: { order: PlanOrder; kinds: ReadonlyMap<string, AnyStepKind>; diagnostics: Diagnostics },
): void {
  const all = phases.flatMap((phase) => phase.steps.map((step) => ({ phase, step })))

  function wrongWith(
    from: { phase: PhaseDraft; step: StepDraft },
    id: string,
    output: string,
  ): ProblemText | undefined {
    const to = all.find(({ step }) => step.id === id)
    if (!to) {
      const repeated = all.filter(({ step }) => step.base === id).map(({ step }) => step.id)
      const ids = all.map(({ step }) => step.id).filter((one) => one !== from.step.id)
      return repeated.length > 0
        ? {
            code: 'unknown-step',
            message: `step "${id}" is repeated`,
            hint: `name one: ${repeated.slice(0, 40).join(', ')}`,
          }
        : {
            code: 'unknown-step',
            message: `the plan has no step "${id}"`,
            ...didYouMean(id, ids.filter(isWritable)),
          }
    }
    const kind = kinds.get(to.step.header.kind ?? '')
    const outputs = kind ? outputsOf(kind, to.step.fields) : [output]
    if (!outputs.includes(output)) {
      const message = `a step of kind ${to.step.header.kind} has no output "${output}"`
      const hint = outputs.length === 0 ? { hint: 'it has no outputs' } : didYouMean(output, outputs)
      return { code: 'unknown-output', message, ...hint }
    }
    const before =
      to.phase === from.phase
        ? allBefore(order.steps.get(from.phase.id) ?? new Map(), from.step.id).has(id)
        : allBefore(order.phases, from.phase.id).has(to.phase.id)
    if (before) return undefined
    const hint =
      to.phase === from.phase
        ? `add needs: [${to.step.base}]`
        : `add ${to.phase.id} to the needs of phase ${from.phase.id}`
    return { code: 'output-not-in-time', message: `${from.step.id} does not wait for ${id}`, hint }
  }

  for (const from of all)
    for (const { lookup, path, written } of from.step.references) {
      if (lookup.is !== 'output') continue
      const wrong = wrongWith(from, lookup.step, lookup.output)
      if (wrong) diagnostics.atText([...from.step.at, ...path], written, wrong)
    }
}
