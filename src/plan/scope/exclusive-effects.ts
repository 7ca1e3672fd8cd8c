import { overlap } from '../../fields/is-in.ts'
import type { PlacedEffect, StepEffects } from './effects.ts'

/**
 * Whether all effects of a step are on paths, and no other step creates, modifies or deletes anything of them: then the
 * step will find what it would find now, unless somebody else changes it.
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
