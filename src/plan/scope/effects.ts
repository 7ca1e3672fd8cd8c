import type { AnyStepKind, Effect, JsonObject } from '../../steps/step-kind.ts'
import type { ResolvedPlan } from '../plan.ts'
import { shownValues, unknownsIn } from '../values/shown-values.ts'

/** An effect of a step of a plan, and the host that it is on. */
export type PlacedEffect = Effect & {
  readonly host: string
  /** Only the run knows its name. */
  readonly isUnknown?: true
}

/** The effects of one step: on its own host, and what it reads on others. */
export interface StepEffects {
  readonly phase: string
  readonly step: string
  readonly host: string
  readonly effects: readonly PlacedEffect[]
}

/** The effects of every step of a resolved plan: its scope. */
export function effectsOf(
  plan: Pick<ResolvedPlan, 'phases'>,
  kinds: ReadonlyMap<string, AnyStepKind>,
): readonly StepEffects[] {
  return plan.phases.flatMap(({ phase, steps }) =>
    steps.map(({ step, host, kind, fields }) => {
      const known = kinds.get(kind)
      const effects = known?.effects(shownValues(known, fields)) ?? []
      return { phase, step, host, effects: placedOn(host, effects, fields) }
    }),
  )
}

/** Each with the host that it is on: the step's, unless it names another. `fields` are those of the step. */
export function placedOn(
  host: string,
  effects: readonly Effect[],
  fields: JsonObject,
): readonly PlacedEffect[] {
  const unknowns = unknownsIn(fields)
  return effects.map((effect) => ({
    ...effect,
    host: effect.host ?? host,
    ...(unknowns.some(({ shown }) => effect.name.includes(shown)) && { isUnknown: true }),
  }))
}
