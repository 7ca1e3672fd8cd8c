import type { ResolvedPhase } from '../plan/plan.ts'
import type { AnyStepKind, Inspected } from '../steps/step-kind.ts'

/** Rates of a slow small server with an SSD: a forecast that is too long does less harm than one that is too short. */
const COPIES_PER_SECOND = 100_000_000
const SUMS_PER_SECOND = 200_000_000
const USUAL_SECONDS = 2

/** The usual duration of a step in seconds: its kind's own time, plus its bytes at typical rates, and what it takes by its fields. */
export function usualSeconds(
  kind: AnyStepKind | undefined,
  {
    copiesBytes = 0,
    readsBytes = 0,
    takesSeconds = 0,
  }: Pick<Inspected, 'copiesBytes' | 'readsBytes' | 'takesSeconds'> = {},
): number {
  // Copied bytes are read twice more: verify checksums both trees.
  const bytes = copiesBytes / COPIES_PER_SECOND + (2 * copiesBytes + readsBytes) / SUMS_PER_SECOND
  return Math.round(((kind?.usualSeconds ?? USUAL_SECONDS) + takesSeconds + bytes) * 10) / 10
}

/** The duration of phases in seconds; independent phases and steps run concurrently. */
export function durationOfPhases(
  phases: readonly ResolvedPhase[],
  secondsOf: (step: string) => number,
): number {
  const lengths = phases.map(({ phase, needs, steps }) => ({
    id: phase,
    needs,
    seconds: criticalPath(steps.map(({ step, needs }) => ({ id: step, needs, seconds: secondsOf(step) }))),
  }))
  return Math.round(criticalPath(lengths))
}

interface Node {
  readonly id: string
  readonly needs: readonly string[]
  readonly seconds: number
}

/** The length of the longest path through an acyclic graph, in seconds. */
function criticalPath(stretches: readonly Node[]): number {
  const ends = new Map<string, number>()
  const endOf = (id: string): number => {
    const stretch = stretches.find((one) => one.id === id)
    // A step that is not in the graph is done already.
    if (!stretch) return 0
    const known = ends.get(id)
    if (known !== undefined) return known
    const end = Math.max(0, ...stretch.needs.map(endOf)) + stretch.seconds
    ends.set(id, end)
    return end
  }
  return Math.max(0, ...stretches.map(({ id }) => endOf(id)))
}
