import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import type { PlanHeader } from '../schema/shape.ts'
import { allBefore, type Needs } from './graph.ts'
import { isCalled, isWritable, type Ordered } from './order.ts'

interface Clearing extends Ordered {
  readonly header: Ordered['header'] & { readonly clears?: readonly string[] | undefined }
}

/**
 * Returns the phases that each phase clears. A repeated phase that names itself clears only its own repetition. Reports a
 * name of no phase, a phase that does not end before, a phase that is cleared twice, and one that another phase may still use.
 */
export function clearsOf(phases: readonly Clearing[], needs: Needs, diagnostics: Diagnostics): Needs {
  const clearedBy = new Map<string, string>()
  const before = new Map(phases.map(({ id }) => [id, allBefore(needs, id)]))
  const isBefore = (first: string, second: string) => before.get(second)?.has(first) === true

  const report = (phase: Clearing, index: number, message: string, hint: string) =>
    diagnostics.at([...phase.at, 'clears', index], { code: 'bad-clear', message, hint })

  const named = (phase: Clearing, name: string, index: number): readonly string[] => {
    if (isCalled(phase, name)) return [phase.id]
    const found = phases.filter((one) => isCalled(one, name)).map(({ id }) => id)
    if (found.length === 0)
      diagnostics.at([...phase.at, 'clears', index], {
        code: 'unknown-phase',
        message: `the plan has no phase "${name}"`,
        ...didYouMean(name, new Set(phases.flatMap(({ id, base }) => [base, id]).filter(isWritable))),
      })
    return found
  }

  /** Whether the phase can clear the other; reports why not. */
  const mayClear = (phase: Clearing, cleared: string, index: number): boolean => {
    const other = clearedBy.get(cleared)
    const user = phases.find(
      ({ id }) =>
        id !== phase.id && isBefore(cleared, id) && !isBefore(id, phase.id) && !isBefore(phase.id, id),
    )
    if (other !== undefined)
      report(phase, index, `phase ${other} clears ${cleared} already`, 'name it in one of the two phases')
    else if (cleared !== phase.id && !isBefore(cleared, phase.id))
      report(
        phase,
        index,
        `phase ${phase.id} does not wait for ${cleared}, so it cannot clear it`,
        isBefore(phase.id, cleared)
          ? `let ${cleared}, or a phase after it, clear it`
          : `add ${cleared} to the needs of ${phase.id}`,
      )
    else if (user)
      report(
        phase,
        index,
        `phase ${user.id} needs ${cleared}, and may still run while ${phase.id} clears it`,
        `add ${user.base} to the needs of ${phase.id}`,
      )
    else return true
    return false
  }

  return new Map(
    phases.map((phase) => [
      phase.id,
      (phase.header.clears ?? []).flatMap((name, index) =>
        named(phase, name, index).filter((cleared) => {
          if (!mayClear(phase, cleared, index)) return false
          clearedBy.set(cleared, phase.id)
          return true
        }),
      ),
    ]),
  )
}

/** Reports a downtime in a phase that is cleared: the service would go down again. */
export function reportClearedDowntime(
  { downtime }: PlanHeader,
  {
    steps,
    clears,
    diagnostics,
  }: {
    readonly steps: ReadonlyMap<string, Needs>
    readonly clears: Needs
    readonly diagnostics: Diagnostics
  },
): void {
  if (!downtime || downtime === 'none') return
  for (const [by, cleared] of clears)
    for (const phase of cleared) {
      const end = (['from', 'to'] as const).find((one) => steps.get(phase)?.has(downtime[one]))
      if (end)
        diagnostics.at(['downtime', end], {
          code: 'bad-clear',
          message: `phase ${by} clears ${phase}, which ${end === 'from' ? 'takes the service down' : 'brings the service back'}`,
          hint: 'clear only phases that work on copies; a rollback undoes the others',
        })
    }
}
