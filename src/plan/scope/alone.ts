import { overlap } from '../../fields/is-in.ts'
import type { PlacedTouch, StepTouches } from './touches.ts'

/**
 * Whether a step has to do with paths only, and no other step makes, changes or removes anything of them: then what it will
 * find is what it would find now, unless somebody else changes it.
 */
export function isAlone(step: string, all: readonly StepTouches[]): boolean {
  const own = all.find((one) => one.step === step)?.touches ?? []
  const others = all.flatMap((one) =>
    one.step === step ? [] : one.touches.filter(({ how }) => how !== 'reads'),
  )
  return (
    own.length > 0 &&
    own.every((touch) => touch.what === 'path' && !others.some((other) => mayMeet(touch, other)))
  )
}

function mayMeet(touch: PlacedTouch, other: PlacedTouch): boolean {
  if (touch.host !== other.host || other.what !== 'path') return false
  // A name in ‹› is known in the run only.
  if (/‹/.test(touch.name + other.name)) return true
  return overlap(touch.name, other.name)
}
