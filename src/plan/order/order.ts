import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { id as validId } from '../../fields/id.ts'
import type { Path } from '../../diagnostics/places.ts'
import type { PlanHeader } from '../schema/shape.ts'
import { allBefore, breakCycles, type Needs } from './graph.ts'

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

/** Reports a downtime whose last step may begin before its first one is done. */
export function reportDowntime(
  { downtime }: PlanHeader,
  { phases, steps }: { readonly phases: Needs; readonly steps: ReadonlyMap<string, Needs> },
  diagnostics: Diagnostics,
): void {
  if (!downtime || downtime === 'none') return
  const ids = [...steps.values()].flatMap((needs) => [...needs.keys()])
  for (const end of ['from', 'to'] as const)
    if (!ids.includes(downtime[end]))
      return diagnostics.at(['downtime', end], {
        code: 'unknown-step',
        message: `the plan has no step "${downtime[end]}"`,
        ...didYouMean(downtime[end], ids.filter(isWritable)),
      })
  const phaseOf = (step: string) => [...steps.keys()].find((phase) => steps.get(phase)?.has(step)) ?? ''
  const [first, last] = [phaseOf(downtime.from), phaseOf(downtime.to)]
  const isAfter =
    first === last
      ? allBefore(steps.get(last) ?? new Map(), downtime.to).has(downtime.from)
      : allBefore(phases, last).has(first)
  if (!isAfter)
    diagnostics.at(['downtime', 'to'], {
      code: 'bad-downtime',
      message: `${downtime.to} does not come after ${downtime.from}`,
      hint: 'from: is the step that stops the old stack, to: a later step that proves the new one; add what is missing to the needs of its step or phase',
    })
}

function above(items: readonly Ordered[], index: number): readonly string[] {
  const own = items[index]?.base
  const before = items.slice(0, index).filter(({ base }) => base !== own)
  const last = before.at(-1)?.base
  return before.filter(({ base }) => base === last).map(({ id }) => id)
}
