import type { ResolvedPhase } from '../plan/plan.ts'
import type { AnyStepKind } from '../steps/step-kind.ts'

/** A small server with an SSD, rather slow: a forecast that is too long harms less than one that is too short. */
const COPIES_PER_SECOND = 100_000_000
const SUMS_PER_SECOND = 200_000_000
const USUAL_SECONDS = 2

/** How long a step usually takes: its kind's own time, and its bytes at typical rates. */
export function usualSeconds(
  kind: AnyStepKind | undefined,
  { copiesBytes = 0, readsBytes = 0 }: { readonly copiesBytes?: number; readonly readsBytes?: number } = {},
): number {
  // What is copied is read twice more: the proof sums both trees.
  const bytes = copiesBytes / COPIES_PER_SECOND + (2 * copiesBytes + readsBytes) / SUMS_PER_SECOND
  return Math.round(((kind?.usualSeconds ?? USUAL_SECONDS) + bytes) * 10) / 10
}

/** How long phases take together: what needs nothing of each other runs at the same time. */
export function secondsTogether(
  phases: readonly ResolvedPhase[],
  secondsOf: (step: string) => number,
): number {
  const lengths = phases.map(({ phase, needs, steps }) => ({
    id: phase,
    needs,
    seconds: longest(steps.map(({ step, needs }) => ({ id: step, needs, seconds: secondsOf(step) }))),
  }))
  return Math.round(longest(lengths))
}

interface Stretch {
  readonly id: string
  readonly needs: readonly string[]
  readonly seconds: number
}

/** The longest way through a graph that has no cycle. */
function longest(stretches: readonly Stretch[]): number {
  const ends = new Map<string, number>()
  const endOf = (id: string): number => {
    const stretch = stretches.find((one) => one.id === id)
    // What is not here is done already.
    if (!stretch) return 0
    const known = ends.get(id)
    if (known !== undefined) return known
    const end = Math.max(0, ...stretch.needs.map(endOf)) + stretch.seconds
    ends.set(id, end)
    return end
  }
  return Math.max(0, ...stretches.map(({ id }) => endOf(id)))
}
