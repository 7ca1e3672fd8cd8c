import type { AnyStepKind, Touch } from '../steps/step-kind.ts'
import type { StepDraft } from './draft.ts'
import type { ResolvedPlan } from './plan.ts'
import { shownValues } from './step-fields.ts'

/** What one step has to do with on its host. */
export interface StepTouches {
  readonly phase: string
  readonly step: string
  readonly host: string
  readonly touches: readonly Touch[]
}

/** What every step of a resolved plan touches: its scope. Names that only the run knows are in ‹›. */
export function touchesOf(
  plan: Pick<ResolvedPlan, 'phases'>,
  kinds: ReadonlyMap<string, AnyStepKind>,
): readonly StepTouches[] {
  return plan.phases.flatMap(({ phase, steps }) =>
    steps.map(({ step, host, kind, fields }) => {
      const known = kinds.get(kind)
      return { phase, step, host, touches: known?.touches(shownValues(known, fields)) ?? [] }
    }),
  )
}

/** A step with its place in the plan file. */
export interface Placed extends StepTouches {
  readonly draft: StepDraft
}
