import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { id as validId } from '../../fields/id.ts'
import type { Path } from '../../diagnostics/places.ts'
import type { PlanHeader } from '../schema/shape.ts'

/** A phase or a step, as ordering sees it. */
export interface Ordered {
  readonly id: string
  /** Its id in the plan file; repetitions share it. */
  readonly base: string
  readonly at: Path
  readonly header: { readonly needs?: readonly string[] | undefined }
}

interface OrderOptions {
  readonly what: 'phase' | 'step'
  readonly diagnostics: Diagnostics
  /** For steps: finds the phase that has a step of this name. */
  readonly phaseOf?: (name: string) => string | undefined
}

/**
 * Returns what each phase or step waits for: the items that `needs` names. Default: the item above it, with all its
 * repetitions. Reports needs that name nothing, and cycles; each cycle is broken at one edge, so that later checks run.
 */
export function needsOf(items: readonly Ordered[], { what, diagnostics, phaseOf }: OrderOptions): Needs {
  const needs = new Map(items.map((item, index) => [item.id, needsOfOne(item, index)]))

  function needsOfOne(item: Ordered, index: number): readonly string[] {
    if (!item.header.needs) return above(items, index)
    return [...new Set(item.header.needs.flatMap((name, number) => named(item, name, number)))]
  }

  // A misspelt need also counts as the item above, so that it causes no further problems.
  const lenient = items.map((item, index): [string, readonly string[]] => {
    const isMisspelt = item.header.needs?.some((name) => !isNamed(items, name)) === true
    return [item.id, [...(needs.get(item.id) ?? []), ...(isMisspelt ? above(items, index) : [])]]
  })

  function named(item: Ordered, name: string, number: number): readonly string[] {
    const found = items.filter((one) => isCalled(one, name))
    if (found.length === 0) {
      const known = new Set(items.flatMap(({ id, base }) => [base, id]).filter((id) => id !== item.base))
      diagnostics.at([...item.at, 'needs', number], {
        code: 'unknown-need',
        message: what === 'step' ? `this phase has no step "${name}"` : `the plan has no phase "${name}"`,
        ...elsewhere(name, known),
      })
    }
    return found.map(({ id }) => id)
  }

  function elsewhere(name: string, known: ReadonlySet<string>): { readonly hint?: string } {
    const phase = phaseOf?.(name)
    return phase === undefined
      ? didYouMean(name, [...known].filter(isWritable))
      : { hint: `it is a step of phase ${phase}; add ${phase} to the needs of this phase` }
  }

  for (const cycle of breakCycles(needs).cycles) {
    const first = items.find(({ id }) => id === cycle[0])
    if (first)
      diagnostics.atKey([...first.at, 'needs'], {
        code: 'needs-cycle',
        message: `these needs form a cycle: ${cycle.join(' → ')}`,
        hint: 'remove one of these needs',
      })
  }
  return breakCycles(new Map(lenient)).acyclic
}

/** Whether `name` means this item: by its id, or by the id that its repetitions share. */
export function isCalled({ id, base }: Pick<Ordered, 'id' | 'base'>, name: string): boolean {
  return id === name || base === name
}

/** Whether a plan can name an id. The id of a step without a name, which says its line, is for messages only. */
export function isWritable(of: string): boolean {
  const [base] = of.split('.')
  return validId.safeParse(base).success
}

function isNamed(items: readonly Ordered[], name: string): boolean {
  return items.some((item) => isCalled(item, name))
}

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

/** Reports a downtime that does not lead from one step to a later step of the same phase. */
export function reportDowntime(
  { downtime }: PlanHeader,
  steps: ReadonlyMap<string, Needs>,
  diagnostics: Diagnostics,
): void {
  if (!downtime) return
  const ids = [...steps.values()].flatMap((needs) => [...needs.keys()])
  for (const end of ['from', 'to'] as const)
    if (!ids.includes(downtime[end]))
      return diagnostics.at(['downtime', end], {
        code: 'unknown-step',
        message: `the plan has no step "${downtime[end]}"`,
        ...didYouMean(downtime[end], ids.filter(isWritable)),
      })
  const phase = [...steps.values()].find((needs) => needs.has(downtime.to))
  if (!phase || !allBefore(phase, downtime.to).has(downtime.from))
    diagnostics.at(['downtime', 'to'], {
      code: 'bad-downtime',
      message: `${downtime.to} does not come after ${downtime.from} in one phase`,
      hint: 'from: is the step that stops the old stack, to: a later step of its phase that proves the new one',
    })
}

function above(items: readonly Ordered[], index: number): readonly string[] {
  const own = items[index]?.base
  const before = items.slice(0, index).filter(({ base }) => base !== own)
  const last = before.at(-1)?.base
  return before.filter(({ base }) => base === last).map(({ id }) => id)
}

/** The ids that each id waits for. */
export type Needs = ReadonlyMap<string, readonly string[]>

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
