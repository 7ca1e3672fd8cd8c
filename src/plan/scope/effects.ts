import type { AnyStepKind, Effect, JsonObject } from '../../steps/step-kind.ts'
import type { ResolvedPlan } from '../plan.ts'
import { shownValues, unknownsIn } from '../values/shown-values.ts'
import { overlap } from '../../fields/is-in.ts'

/** An effect of a step, with its host. */
export type PlacedEffect = Effect & {
  readonly host: string
  /** Its name is known only in the run. */
  readonly isUnknown?: true
}

/** The effects of one step: on its own host, and what it reads on others. */
export interface StepEffects {
  readonly phase: string
  readonly step: string
  readonly host: string
  readonly effects: readonly PlacedEffect[]
}

/** Returns the effects of every step of a resolved plan. */
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

/** Adds to each effect its host: the step's, unless the effect names another. `fields` are those of the step. */
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

/**
 * Whether all effects of a step are on paths that no other step creates, modifies or deletes. Then an inspection now finds
 * what the step will find, unless somebody else changes it.
 */
export function hasExclusiveEffects(step: string, all: readonly StepEffects[]): boolean {
  const own = all.find((one) => one.step === step)?.effects ?? []
  const others = all.flatMap((one) =>
    one.step === step ? [] : one.effects.filter(({ how }) => how !== 'reads'),
  )
  return (
    own.length > 0 &&
    own.every((effect) => effect.what === 'path' && !others.some((other) => mayMeet(effect, other)))
  )
}

function mayMeet(effect: PlacedEffect, other: PlacedEffect): boolean {
  if (effect.host !== other.host || other.what !== 'path') return false
  return effect.isUnknown === true || other.isUnknown === true || overlap(effect.name, other.name)
}
