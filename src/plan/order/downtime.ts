import type { Findings } from '../findings/findings.ts'
import { didYouMean } from '../findings/nearest.ts'
import type { Needs } from './circles.ts'
import { allBefore } from './order.ts'
import type { PlanHead } from '../schema/shape.ts'

/** Tells of a downtime that does not lead from one step of a phase to a later one of it. */
export function reportDowntime(
  { downtime }: PlanHead,
  steps: ReadonlyMap<string, Needs>,
  findings: Findings,
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
