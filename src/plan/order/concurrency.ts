import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { ResolvedPhase } from '../plan.ts'
import { allBefore } from './graph.ts'

/** Limits of a plan: how many of its steps run at once, in all and on one host. */
export interface Concurrency {
  readonly plan: number
  readonly host: number
}

/**
 * Divides the limits of a plan among its phases. A phase gets the limit divided by the most phases that may run at once with
 * it, itself included, so phases need not ask each other. Reports a limit that is too small to give each of them one step.
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
    const count = mostAtOnce(beside, isBefore)
    if (count > limits[key] && !reported.has(key)) {
      reported.add(key)
      diagnostics.at(['concurrency', key], {
        code: 'bad-value',
        message: `is less than the ${count} phases that may run at once, ${phase.phase} among them`,
        hint: `write ${count} or more, or let one of these phases need another`,
      })
    }
    return Math.max(1, Math.floor(limits[key] / Math.max(1, count)))
  }
  return phases.map((phase) => {
    const hosts = hostsOf(phase)
    const shares = hosts.map((host): [string, number] => [host, share(phase, 'host', host)])
    const steps = hosts.length > 0 ? share(phase, 'plan') : limits.plan
    return { ...phase, atOnce: { steps, hosts: Object.fromEntries(shares) } }
  })
}

/**
 * How many of these phases may run at once, at most. By Dilworth's theorem: their number, less the largest matching of phases
 * with phases that come after them.
 */
function mostAtOnce(
  phases: readonly ResolvedPhase[],
  isBefore: (first: ResolvedPhase, then: ResolvedPhase) => boolean,
): number {
  const matchOf = new Map<ResolvedPhase, ResolvedPhase>()
  const isMatched = (first: ResolvedPhase, tried: Set<ResolvedPhase>): boolean =>
    phases.some((then) => {
      if (!isBefore(first, then) || tried.has(then)) return false
      tried.add(then)
      const other = matchOf.get(then)
      if (other !== undefined && !isMatched(other, tried)) return false
      matchOf.set(then, first)
      return true
    })
  return phases.length - phases.filter((first) => isMatched(first, new Set())).length
}

/** Steps that wait for people or the clock use none. */
function hostsOf({ steps }: ResolvedPhase): readonly string[] {
  return [...new Set(steps.flatMap(({ host, doneBy }) => (doneBy ? [] : [host])))]
}
