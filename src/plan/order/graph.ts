/** The ids that each id waits for. */
export type Needs = ReadonlyMap<string, readonly string[]>

/** Returns everything that ends before this begins, transitively. */
export function allBefore(needs: Needs, id: string): ReadonlySet<string> {
  const before = new Set<string>()
  const waiting = [id]
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
    for (const need of needs.get(one) ?? []) {
      if (before.has(need)) continue
      before.add(need)
      waiting.push(need)
    }
  return before
}

/**
 * Returns the cycles in `needs`, each starting and ending with the same id, and the needs without the last edge of each.
 * Iterative: a plan may have more steps than the call stack has frames.
 */
export function breakCycles(needs: Needs): {
  readonly cycles: readonly (readonly string[])[]
  readonly acyclic: Needs
} {
  const cycles: string[][] = []
  const acyclic = new Map<string, string[]>()
  const remaining = new Map<string, string[]>()
  const done = new Set<string>()
  for (const start of needs.keys()) {
    const trail: string[] = done.has(start) ? [] : [start]
    const positions = new Map(trail.map((id) => [id, 0]))
    while (trail.length > 0) {
      const id = trail.at(-1) ?? ''
      const kept = acyclic.get(id) ?? []
      acyclic.set(id, kept)
      const next = nextNeed(id)
      if (next === undefined) {
        done.add(id)
        positions.delete(id)
        trail.pop()
        continue
      }
      const position = positions.get(next)
      if (position !== undefined) {
        cycles.push([...trail.slice(position), next])
        continue
      }
      kept.push(next)
      if (done.has(next)) continue
      positions.set(next, trail.length)
      trail.push(next)
    }
  }
  return { cycles, acyclic }

  function nextNeed(id: string): string | undefined {
    const all = remaining.get(id) ?? [...(needs.get(id) ?? [])].reverse()
    remaining.set(id, all)
    return all.pop()
  }
}
