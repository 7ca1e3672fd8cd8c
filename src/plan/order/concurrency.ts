import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { ResolvedPhase } from '../plan.ts'
import { allBefore } from './graph.ts'

/** Limits of a plan: how many of its steps run at once, in all and on one host. */
export interface Concurrency {
  readonly plan: number
  readonly host: number
}

/**
 * Divides the limits of a plan among its phases. A phase gets the limit divided by the number of phases that may run beside it,
 * itself included, so phases need not ask each other. Reports a limit that is too small to give each of them one step.
 */
export function withConcurrency(
  phases: readonly ResolvedPhase[],
  limits: Concurrency,
  diagnostics: Diagnostics,
): readonly ResolvedPhase[] {
  const needs = new Map(phases.map((one) => [one.phase, one.needs]))
  const before = new Map(phases.map(({ phase }) => [phase, allBefore(needs, phase)]))
  const isBefore = (first: ResolvedPhase, then: ResolvedPhase) =>
    before.get(then.phase)?.has(first.phase) === true

  const reported = new Set<keyof Concurrency>()
  const share = (phase: ResolvedPhase, key: keyof Concurrency, host?: string): number => {
    const beside = phases.filter(
      (other) =>
        !isBefore(phase, other) &&
        !isBefore(other, phase) &&
        (host === undefined ? hostsOf(other).length > 0 : hostsOf(other).includes(host)),
    )
    if (beside.length > limits[key] && !reported.has(key)) {
      reported.add(key)
      diagnostics.at(['concurrency', key], {
        code: 'bad-value',
        message: `is less than the ${beside.length} phases that may run at once: ${beside.map((other) => other.phase).join(', ')}`,
        hint: `write ${beside.length} or more, or let one of these phases need another`,
      })
    }
    return Math.max(1, Math.floor(limits[key] / Math.max(1, beside.length)))
  }
  return phases.map((phase) => {
    const hosts = hostsOf(phase)
    const shares = hosts.map((host): [string, number] => [host, share(phase, 'host', host)])
    const steps = hosts.length > 0 ? share(phase, 'plan') : limits.plan
    return { ...phase, atOnce: { steps, hosts: Object.fromEntries(shares) } }
  })
}

/** Steps that wait for people or the clock use none. */
function hostsOf({ steps }: ResolvedPhase): readonly string[] {
  return [...new Set(steps.flatMap(({ host, doneBy }) => (doneBy ? [] : [host])))]
}
