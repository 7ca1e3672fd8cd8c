import { inSeconds } from './downtime.ts'
import type { PhaseClear } from './status.ts'

/** `clear of Rehearsal: 14 steps undone in 6.2 s; left: nothing`. Pure. */
export function clearInWords({ phases, undone, seconds = 0, left = [] }: PhaseClear): string {
  const of = `clear of ${phases.join(', ')}`
  if (undone === undefined) return `${of}: their steps are being undone`
  if (undone === 0 && left.length === 0) return `${of}: nothing was changed`
  const steps = `${undone} ${undone === 1 ? 'step' : 'steps'} undone in ${inSeconds(seconds)}`
  return `${of}: ${steps}; left: ${left.join(', ') || 'nothing'}`
}
