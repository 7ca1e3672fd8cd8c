import type { AnyStepKind, Touch } from '../../steps/step-kind.ts'
import type { ResolvedPlan } from '../plan.ts'
import { shownValues } from '../values/shown-values.ts'

/** What one step has to do with, and on which host that is. */
export type PlacedTouch = Touch & { readonly host: string }

/** What one step has to do with: on its own host, and what it reads on others. */
export interface StepTouches {
  readonly phase: string
  readonly step: string
  readonly host: string
  readonly touches: readonly PlacedTouch[]
}

/** What every step of a resolved plan touches: its scope. Names that only the run knows are in ‹›. */
export function touchesOf(
  plan: Pick<ResolvedPlan, 'phases'>,
  kinds: ReadonlyMap<string, AnyStepKind>,
): readonly StepTouches[] {
  return plan.phases.flatMap(({ phase, steps }) =>
    steps.map(({ step, host, kind, fields }) => {
      const known = kinds.get(kind)
      const touches = known?.touches(shownValues(known, fields)) ?? []
      return { phase, step, host, touches: placedOn(host, touches) }
    }),
  )
}

/** Each with the host that it is on: the step's, unless it names another. */
export function placedOn(host: string, touches: readonly Touch[]): readonly PlacedTouch[] {
  return touches.map((touch) => ({ ...touch, host: touch.host ?? host }))
}
