/** A possible transition. */
export interface Step<World> {
  readonly what: string
  readonly next: World
}

/** The number of reachable states, and the shortest path to a violation. */
export interface Checked {
  readonly worlds: number
  readonly wrong?: { readonly why: string; readonly way: readonly string[] }
}

/**
 * Model checker: visits every reachable state, breadth first.
 * `wrong` returns a violated invariant. `over` returns whether a state is final: every state must reach a final one without
 * steps whose name begins with `!` (faults).
 */
export function check<World>(
  first: World,
  {
    steps,
    wrong,
    over,
  }: {
    readonly steps: (world: World) => readonly Step<World>[]
    readonly wrong: (world: World) => string | undefined
    readonly over: (world: World) => boolean
  },
): Checked {
  const met: Met<World>[] = []
  const places = new Map<string, number>()
  const meet = (world: World, from: number, what: string): Met<World> => {
    const key = JSON.stringify(world)
    const place = places.get(key) ?? met.length
    const one = met[place] ?? { world, from, what, before: [] }
    if (place === met.length) {
      places.set(key, place)
      met.push(one)
    }
    return one
  }
  meet(first, -1, 'first')
  // Grows during the iteration.
  for (const [place, { world }] of met.entries()) {
    const why = wrong(world)
    if (why !== undefined) return { worlds: met.length, wrong: { why, way: wayTo(met, place) } }
    for (const { what, next } of steps(world)) {
      const to = meet(next, place, what)
      if (!what.startsWith('!')) to.before.push(place)
    }
  }
  const reaches = new Set<number>()
  for (const [place, { world }] of met.entries()) if (over(world)) reaches.add(place)
  for (const place of reaches) for (const before of met[place]?.before ?? []) reaches.add(before)
  const stuck = met.findIndex((_, place) => !reaches.has(place))
  if (stuck === -1) return { worlds: met.length }
  return { worlds: met.length, wrong: { why: 'it can never end', way: wayTo(met, stuck) } }
}

interface Met<World> {
  readonly world: World
  /** The index of its predecessor. */
  readonly from: number
  readonly what: string
  readonly before: number[]
}

function wayTo<World>(met: readonly Met<World>[], place: number): readonly string[] {
  const way: string[] = []
  for (let one = met[place]; one !== undefined; one = met[one.from]) way.unshift(one.what)
  return way.slice(1)
}
