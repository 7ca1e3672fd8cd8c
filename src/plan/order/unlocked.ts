import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { allBefore, type Needs } from './graph.ts'
import type { Ordered } from './order.ts'

interface Gated extends Ordered {
  readonly header: Ordered['header'] & { readonly gate?: { readonly unlocked?: boolean } | undefined }
}

/**
 * Reports phases that may run while an unlocked gate waits: the run would change the stack without its lock. No plan can
 * allow it.
 */
export function reportBesideUnlocked(phases: readonly Gated[], needs: Needs, diagnostics: Diagnostics): void {
  const before = new Map(phases.map(({ id }) => [id, allBefore(needs, id)]))
  for (const phase of phases) {
    if (!phase.header.gate?.unlocked) continue
    const beside = phases.filter(
      ({ id }) => id !== phase.id && !before.get(id)?.has(phase.id) && !before.get(phase.id)?.has(id),
    )
    if (beside.length === 0) continue
    const ids = beside.map(({ id }) => id).join(', ')
    const names = [...new Set(beside.map(({ base }) => base))]
      .filter((base) => base !== phase.base)
      .join(', ')
    diagnostics.at([...phase.at, 'gate', 'unlocked'], {
      code: 'bad-unlocked',
      message: `the run holds no lock while the gate of ${phase.id} waits, and ${ids} may run then`,
      hint: names
        ? `add ${names} to the needs of ${phase.base}, or ${phase.base} to theirs`
        : 'its repetitions run beside each other; write them as phases that need each other',
    })
  }
}
