import { opened, type Needs } from './circles.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import type { Path } from '../../diagnostics/places.ts'
import type { PlanHead } from '../schema/shape.ts'

/** A phase or a step, as far as order goes. */
export interface Ordered {
  readonly id: string
  /** Its id in the plan file: what is repeated shares it. */
  readonly base: string
  readonly at: Path
  readonly head: { readonly needs?: readonly string[] | undefined }
}

interface About {
  readonly what: 'phase' | 'step'
  readonly findings: Diagnostics
  /** For steps: the phase that has a step of this name. */
  readonly phaseOf?: (name: string) => string | undefined
}

/**
 * What each phase or step waits for: what `needs` names, else the one above it with all its repetitions.
 * Tells of needs that name nothing, and of circles, each of which is left open at one place, so that what else is wrong
 * can be found.
 */
export function needsOf(items: readonly Ordered[], { what, findings, phaseOf }: About): Needs {
  const needs = new Map(items.map((item, index) => [item.id, needsOfOne(item, index)]))

  function needsOfOne(item: Ordered, index: number): readonly string[] {
    if (!item.head.needs) return above(items, index)
    return [...new Set(item.head.needs.flatMap((name, number) => named(item, name, number)))]
  }

  // Where a need is misspelt, nothing more is told of what it may have meant.
  const guessed = items.map((item, index): [string, readonly string[]] => {
    const isMisspelt = item.head.needs?.some((name) => !isNamed(items, name)) === true
    return [item.id, [...(needs.get(item.id) ?? []), ...(isMisspelt ? above(items, index) : [])]]
  })

  function named(item: Ordered, name: string, number: number): readonly string[] {
    const found = items.filter((one) => isCalled(one, name))
    if (found.length === 0) {
      const known = new Set(items.flatMap(({ id, base }) => [base, id]).filter((id) => id !== item.base))
      findings.at([...item.at, 'needs', number], {
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
      ? didYouMean(name, known)
      : { hint: `it is a step of phase ${phase}: let this phase wait for that one` }
  }

  for (const circle of opened(needs).circles) {
    const first = items.find(({ id }) => id === circle[0])
    if (first)
      findings.atKey([...first.at, 'needs'], {
        code: 'needs-cycle',
        message: `these wait for each other: ${circle.join(' → ')}`,
        hint: 'take one of these needs out',
      })
  }
  return opened(new Map(guessed)).open
}

/** A name that `needs` gives: of one, or of all that are repeated from it. */
export function isCalled({ id, base }: Pick<Ordered, 'id' | 'base'>, name: string): boolean {
  return id === name || base === name
}

function isNamed(items: readonly Ordered[], name: string): boolean {
  return items.some((item) => isCalled(item, name))
}

/** Everything that is over before this begins, however far back. */
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

/** Tells of a downtime that does not lead from one step of a phase to a later one of it. */
export function reportDowntime(
  { downtime }: PlanHead,
  steps: ReadonlyMap<string, Needs>,
  findings: Diagnostics,
): void {
  if (!downtime) return
  const ids = [...steps.values()].flatMap((needs) => [...needs.keys()])
  for (const end of ['from', 'to'] as const)
    if (!ids.includes(downtime[end]))
      return findings.at(['downtime', end], {
        code: 'unknown-step',
        message: `the plan has no step "${downtime[end]}"`,
        ...didYouMean(downtime[end], ids),
      })
  const phase = [...steps.values()].find((needs) => needs.has(downtime.to))
  if (!phase || !allBefore(phase, downtime.to).has(downtime.from))
    findings.at(['downtime', 'to'], {
      code: 'bad-downtime',
      message: `${downtime.to} does not come after ${downtime.from} in one phase`,
      hint: 'name the step that stops what serves, and the later step of its phase that proves the new one',
    })
}

function above(items: readonly Ordered[], index: number): readonly string[] {
  const own = items[index]?.base
  const before = items.slice(0, index).filter(({ base }) => base !== own)
  const last = before.at(-1)?.base
  return before.filter(({ base }) => base === last).map(({ id }) => id)
}
