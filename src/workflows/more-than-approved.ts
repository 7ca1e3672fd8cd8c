import type { Taken } from '../steps/step-kind.ts'

/**
 * What a step would take away and nobody approved, a line to each. A gate is passed once, and its phase may last for days:
 * what came since stood in nothing that people were shown.
 */
export function moreThanApproved(takes: readonly Taken[], approved: readonly Taken[]): readonly string[] {
  const shown = new Map(approved.map((one) => [one.name, one]))
  return takes.flatMap((now) => {
    const then = shown.get(now.name)
    if (!then) return [`${now.name}, which was not there`]
    if (now.entries <= then.entries && now.bytes <= then.bytes) return []
    return [`${now.name}: ${held(now)}, which were ${held(then)}`]
  })
}

function held({ entries, bytes }: Taken): string {
  return `${entries} entries with ${bytes} bytes`
}
