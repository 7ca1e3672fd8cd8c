/** The downtime of a plan: its forecast from what the run has measured so far, then its measurement. Pure functions. */
import type { ResolvedPhase, ResolvedPlan, ResolvedStep } from '../plan/plan.ts'
import { escaped } from './text.ts'
import type { StepResult } from './messages.ts'
import type { RunStatus } from './status.ts'
import type { DowntimeForecast, StepPreview } from './previews.ts'

type Measured = Pick<StepResult, 'step' | 'took' | 'evidence'>
type Downtime = NonNullable<ResolvedPlan['downtime']>

/**
 * Forecasts the time from the first step of the downtime to the last: the longest path through the phase. A step takes as
 * long as this run's steps of its kind took, scaled by bytes where it copies; without such steps, as long as such steps
 * usually take. Undefined unless the whole downtime is in this phase: later phases, and their gates, take unknown time.
 */
export function forecastDowntime(
  downtime: Downtime | undefined,
  phase: ResolvedPhase,
  {
    shown,
    measured,
    stepOf,
  }: {
    readonly shown: readonly StepPreview[]
    readonly measured: readonly Measured[]
    readonly stepOf: (step: string) => Pick<ResolvedStep, 'kind' | 'fields'> | undefined
  },
): DowntimeForecast | undefined {
  const ids = phase.steps.map(({ step }) => step)
  const fieldsOf = (id: string) => phase.steps.find(({ step }) => step === id)?.fields
  if (!downtime || !ids.includes(downtime.from) || !ids.includes(downtime.to)) return undefined
  const way = longestWay(phase, downtime, (step) => lengthOf(step).seconds)
  return {
    seconds: way.reduce((sum, step) => sum + lengthOf(step).seconds, 0),
    steps: way.map((step) => ({ step, ...lengthOf(step) })),
  }

  function lengthOf(id: string): { readonly seconds: number; readonly from: string } {
    const preview = shown.find(({ step }) => step === id)
    const { kind, takesLike = [] } = preview ?? {}
    const whole = takesLike.find(({ share }) => share === 1)
    const part = takesLike.find(({ share }) => share < 1)
    const ofKind = measuredOf(kind, id) ?? measuredOf(whole?.kind, id)
    // Finalizing a prestaged copy takes at most as long as the copy took.
    const finished = measured.filter(
      ({ step, took }) => took && `${fieldsOf(id)?.['finalize']}`.endsWith(`/${step}`),
    )
    const alike = finished.length > 0 ? finished : ofKind
    if (!alike) return asUsual(preview, part && measuredOf(part.kind, id), part?.share)
    const names = namesOf(alike)
    const bytes = alike.map(({ evidence }) => Number(evidence?.facts?.['bytes'] ?? 0))
    const total = bytes.reduce((sum, one) => sum + one, 0)
    const seconds = alike.map(({ took }) => secondsOf(took))
    const quickest = Math.min(...seconds)
    if (total === 0 || preview?.copiesBytes === undefined)
      return { seconds: meanSecondsOf(alike), from: `as ${names} took` }
    // The smallest copy is mostly overhead; the extra time of the largest is due to its bytes.
    const [least, most] = [Math.min(...bytes), Math.max(...bytes)]
    const rate = most > least ? (secondsAt(bytes.indexOf(most)) - quickest) / (most - least) : 0
    return {
      seconds: quickest + Math.max(0, preview.copiesBytes - least) * Math.max(0, rate),
      from: `by the rate of ${names}`,
    }

    function secondsAt(index: number): number {
      return seconds[index] ?? quickest
    }
  }

  /** Measurements of a kind, only those of the same services if there are any: starting two is not like starting five. */
  function measuredOf(kind: string | undefined, like: string): readonly Measured[] | undefined {
    const all = measured.filter(({ step, took }) => took && stepOf(step)?.kind === kind)
    const same = all.filter(({ step }) => servicesIn(stepOf(step)?.fields) === servicesIn(fieldsOf(like)))
    if (same.length > 0) return same
    return all.length > 0 ? all : undefined
  }
}

function asUsual(preview: StepPreview | undefined, others: readonly Measured[] = [], share = 1) {
  const usual = preview?.seconds ?? 0
  const seconds = others.length > 0 ? meanSecondsOf(others) * share : usual
  return seconds < usual
    ? { seconds, from: `${share === 0.5 ? 'half' : share} as long as ${namesOf(others)} took` }
    : { seconds: usual, from: 'as such steps usually take' }
}

function namesOf(measured: readonly Measured[]): string {
  return measured.map(({ step }) => step).join(', ')
}

function meanSecondsOf(measured: readonly Measured[]): number {
  return measured.reduce((sum, { took }) => sum + secondsOf(took), 0) / measured.length
}

/** One line per step, for a gate or a preview. */
export function forecastLines({ steps }: DowntimeForecast): readonly string[] {
  return steps.map(({ step, seconds, from }) => `${step}: ${tenths(seconds)} s, ${from}`)
}

/** What the gate of a phase says of a downtime that begins in it and ends in a later one. Sentences; none for other phases. */
export function openDowntimeLines(
  phase: ResolvedPhase,
  { downtime, phases }: Pick<ResolvedPlan, 'downtime' | 'phases'>,
): readonly string[] {
  const has = (one: Pick<ResolvedPhase, 'steps'>, id: string) => one.steps.some(({ step }) => step === id)
  const last = phases.find((one) => downtime && has(one, downtime.to))
  if (!downtime || !last || !has(phase, downtime.from) || has(phase, downtime.to)) return []
  const meanwhile = phases.filter(
    (one) => one.gate && isAfter(one, phase, phases) && (one === last || isAfter(last, one, phases)),
  )
  return [
    `Visitors get no answer from ${downtime.from} until ${downtime.to} of "${escaped(last.title)}" is done. This has no forecast, because it lasts over several phases.`,
    ...meanwhile.map(
      ({ title }) => `The gate before "${escaped(title)}" waits for an approval in that time.`,
    ),
  ]
}

/** Whether one phase begins only after the other is done. */
function isAfter(one: ResolvedPhase, other: ResolvedPhase, phases: readonly ResolvedPhase[]): boolean {
  const before = new Set(one.needs)
  // A set that grows while it is walked: each phase once.
  for (const id of before)
    for (const need of phases.find(({ phase }) => phase === id)?.needs ?? []) before.add(need)
  return before.has(other.phase)
}

function servicesIn(fields: ResolvedStep['fields'] | undefined): string {
  return JSON.stringify(fields?.['services'] ?? null)
}

/** The time from the start of the first step to the end of the last; undefined unless both are done. */
export function measuredDowntime(
  downtime: Downtime | undefined,
  done: readonly Measured[],
): { readonly seconds: number } | undefined {
  const tookOf = (id: string | undefined) => done.find(({ step }) => step === id)?.took
  const [from, to] = [tookOf(downtime?.from), tookOf(downtime?.to)]
  if (!from || !to) return undefined
  return { seconds: secondsOf({ startedAt: from.startedAt, endedAt: to.endedAt }) }
}

/** The measured downtime as text; undefined before it is over. The forecast stands at its gate. */
export function downtimeInWords(downtime: RunStatus['downtime']): string | undefined {
  if (!downtime) return undefined
  const { from, to, seconds, forecastSeconds: forecast } = downtime
  if (seconds === undefined) return undefined
  const said = forecast === undefined ? '' : `; the forecast was ${inSeconds(forecast)}`
  return `visitors got nothing for ${inSeconds(seconds)}, from ${from} to ${to}${said}`
}

/** `14 s`, with a tenth below ten seconds. */
export function inSeconds(seconds: number): string {
  return `${seconds < 10 ? tenths(seconds) : Math.round(seconds)} s`
}

function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10
}

function secondsOf(took: StepResult['took']): number {
  return took ? (Date.parse(took.endedAt) - Date.parse(took.startedAt)) / 1000 : 0
}

/** The steps on the longest path from one step to the other, both included. */
function longestWay(
  { steps }: ResolvedPhase,
  { from, to }: Downtime,
  secondsOf: (step: string) => number,
): readonly string[] {
  const known = new Map<string, readonly string[] | undefined>()
  const wayTo = (id: string): readonly string[] | undefined => {
    if (id === from) return [from]
    if (known.has(id)) return known.get(id)
    const ways = (steps.find(({ step }) => step === id)?.needs ?? []).flatMap((need) => {
      const way = wayTo(need)
      return way ? [way] : []
    })
    const length = (way: readonly string[]) => way.reduce((sum, step) => sum + secondsOf(step), 0)
    const [longest] = ways.sort((one, other) => length(other) - length(one))
    const way = longest && [...longest, id]
    known.set(id, way)
    return way
  }
  return wayTo(to) ?? [from, to]
}
