import type { HeldPort } from '../steps/step-kind.ts'
import { freedText } from './impact.ts'
import type { HostIdentity, PlanFacts, Previewed, DigestedStep } from './previews.ts'

/** One difference. `was` or `is` is absent if there was or is nothing. */
export interface Drift {
  /** `input domain`, `step serve: within`, `file stack.yaml`, `host test host`, `cutover/serve`. */
  readonly what: string
  readonly was?: string
  readonly is?: string
  /** Whether `was` and `is` are what a step is blocked on. Default: they are what it would do, or a value. */
  readonly isBlock?: true
  /** The port that a step was blocked on and that is free now. */
  readonly freed?: HeldPort
}

/** Compares a saved preview with the current state: inputs first, then files, the plan, hosts, inspections. */
export function driftBetween(
  saved: Pick<Previewed, 'plan' | 'hosts' | 'steps'>,
  now: Pick<Previewed, 'plan' | 'hosts' | 'steps'>,
): readonly Drift[] {
  return [
    ...driftOfPlan(saved.plan, now.plan),
    ...driftOfHosts(saved.hosts, now.hosts),
    ...driftOfSteps(saved.steps, now.steps),
  ]
}

/** Compares inspections line by line, in the order of the steps. */
export function driftOfSteps(
  before: readonly DigestedStep[],
  after: readonly DigestedStep[],
): readonly Drift[] {
  const name = ({ phase, step }: DigestedStep) => `${phase}/${step}`
  const stepsBefore = new Map(before.map((step) => [name(step), step]))
  const stepsAfter = new Map(after.map((step) => [name(step), step]))
  return [...new Set([...stepsBefore.keys(), ...stepsAfter.keys()])].flatMap((what) => {
    const { digestLines: was = [], blocked: needed, takenPort: held } = stepsBefore.get(what) ?? {}
    const { digestLines: is = [], blocked: needs, takenPort: holds } = stepsAfter.get(what) ?? {}
    const gone = without(was, is)
    const come = without(is, was)
    const lines = Array.from({ length: Math.max(gone.length, come.length) }, (_, index) =>
      drift(what, gone[index], come[index]),
    )
    if (needed === needs) return lines
    const freed = held && held.port !== holds?.port ? { freed: held } : {}
    return [{ ...drift(what, needed, needs), isBlock: true as const, ...freed }, ...lines]
  })
}

/** One line per difference, at most `most`; first those that may have taken a site down. */
export function driftLines(drifts: readonly Drift[], most = 30): readonly string[] {
  const freedFirst = drifts.toSorted((one, other) => Number(!one.freed) - Number(!other.freed))
  const lines = freedFirst.map((one) => `${one.what}: ${one.isBlock ? blockText(one) : changeText(one)}`)
  return lines.length > most ? [...lines.slice(0, most), `and ${lines.length - most} more`] : lines
}

function changeText({ was, is }: Drift): string {
  if (was === undefined) return `new: "${is}"`
  return is === undefined ? `gone: "${was}"` : `was "${was}", is now "${is}"`
}

function blockText({ was, is, freed }: Drift): string {
  if (freed && is === undefined) return freedText(freed)
  if (is === undefined) return `it no longer needs ${was}: somebody else has done that`
  return was === undefined ? `it now needs ${is}` : `it needed ${was}; now it needs ${is}`
}

function driftOfPlan(was: PlanFacts, is: PlanFacts): readonly Drift[] {
  const named = [
    ...driftOfRecord('input', was.inputs, is.inputs),
    ...driftOfRecord('file', was.files, is.files),
    ...driftOfRecord('', { plan: was.plan, ...was.lines }, { plan: is.plan, ...is.lines }),
  ]
  // A preview truncates lines; the hash covers the whole plan.
  return named.length === 0 && was.hash !== is.hash ? [drift('the plan', was.hash, is.hash)] : named
}

function driftOfHosts(before: readonly HostIdentity[], after: readonly HostIdentity[]): readonly Drift[] {
  const facts = (hosts: readonly HostIdentity[]) =>
    Object.fromEntries(
      hosts.flatMap(({ host, address, keys }) => [
        [host, address],
        [`${host}: pinned key`, keys.join(', ')],
      ]),
    )
  return driftOfRecord('host', facts(before), facts(after))
}

function driftOfRecord(
  what: string,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly Drift[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .map((key) => drift(`${what} ${key}`.trim(), before[key], after[key]))
}

/** The lines of `some` that are not in `others`, as multisets. */
function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others]
  return some.filter((line) => {
    const at = left.indexOf(line)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

function drift(what: string, was: string | undefined, is: string | undefined): Drift {
  return { what, ...(was === undefined ? {} : { was }), ...(is === undefined ? {} : { is }) }
}
