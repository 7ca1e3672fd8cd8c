import type { JournalEntry } from '../plan/plan.ts'
import type { PhaseNeeds } from './messages.ts'
import type { GraphItem } from './run-graph.ts'

/**
 * The journal as a graph for the rollback: an entry is undone after every entry that depends on it, directly or through steps
 * without an entry, in its own phase and in later phases.
 */
export function undoOrder(
  phases: readonly PhaseNeeds[],
  journal: readonly JournalEntry[],
): readonly (GraphItem & { readonly entry: JournalEntry })[] {
  const afterPhase = dependents(phases.map(({ phase, needs }) => ({ id: phase, needs })))
  const afterStep = dependents(
    phases.flatMap(({ steps }) => steps.map(({ step, needs }) => ({ id: step, needs }))),
  )
  return journal.map((entry) => ({
    id: entry.step.step,
    entry,
    needs: journal
      .filter(
        (other) =>
          afterStep(entry.step.step).has(other.step.step) ||
          (afterPhase(entry.phase).has(other.phase) && other !== entry),
      )
      .map(({ step }) => step.step),
  }))
}

/** All ids that need an id, directly or indirectly. */
function dependents(graph: readonly GraphItem[]): (id: string) => ReadonlySet<string> {
  const direct = (id: string) => graph.filter(({ needs }) => needs.includes(id)).map((item) => item.id)
  return (id) => {
    const found = new Set<string>()
    const visit = (from: string) => {
      for (const next of direct(from)) {
        if (!found.has(next)) visit(found.add(next) && next)
      }
    }
    visit(id)
    return found
  }
}
