/** For each id, the ids that it waits for. */
export type Needs = ReadonlyMap<string, readonly string[]>

/**
 * Every circle that going from need to need comes upon, beginning and ending with the same id; and the needs without the
 * last one of each. Keeps a way of its own: a plan may have more steps than calls can be nested.
 */
export function opened(needs: Needs): {
  readonly circles: readonly (readonly string[])[]
  readonly open: Needs
} {
  const circles: string[][] = []
  const open = new Map<string, string[]>()
  const remaining = new Map<string, string[]>()
  const done = new Set<string>()
  for (const start of needs.keys()) {
    const way: string[] = done.has(start) ? [] : [start]
    const positions = new Map(way.map((id) => [id, 0]))
    while (way.length > 0) {
      const id = way.at(-1) ?? ''
      const kept = open.get(id) ?? []
      open.set(id, kept)
      const next = left(id)
      if (next === undefined) {
        done.add(id)
        positions.delete(id)
        way.pop()
        continue
      }
      const position = positions.get(next)
      if (position !== undefined) {
        circles.push([...way.slice(position), next])
        continue
      }
      kept.push(next)
      if (done.has(next)) continue
      positions.set(next, way.length)
      way.push(next)
    }
  }
  return { circles, open }

  function left(id: string): string | undefined {
    const all = remaining.get(id) ?? [...(needs.get(id) ?? [])].reverse()
    remaining.set(id, all)
    return all.pop()
  }
}
