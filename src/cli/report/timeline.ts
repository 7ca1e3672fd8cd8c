import { took, utc } from '../rendering/time.ts'
import type { RunEvent } from '../run/events.ts'
import { isPartial } from '../../workflows/quorum.ts'
import { answerIn, openDecisions } from '../run/snapshot.ts'
import type { PhaseSnapshot, RollbackSnapshot, RunSnapshot, StepSnapshot } from '../run/snapshot.ts'

/** A run over time, from its start to its end or to now: rows of bars. Times in milliseconds since the epoch. */
export interface Timeline {
  readonly from: number
  readonly to: number
  readonly rows: readonly TimelineRow[]
  /** Downtimes, if the plan names one. */
  readonly downtimes: readonly Downtime[]
}

export interface TimelineRow {
  readonly label: string
  /** The steps of a phase or a rollback follow it. */
  readonly level: 'phase' | 'step'
  readonly bars: readonly Bar[]
  /** Times of failed attempts. */
  readonly failures: readonly number[]
}

export interface Bar {
  readonly from: number
  readonly to: number
  readonly look: BarLook
  /** Whether it continues after the end of the picture. */
  readonly open: boolean
  /** Tooltip. */
  readonly note: string
}

export type BarLook =
  | 'phase'
  | 'proven'
  | 'observed'
  | 'stated'
  | 'failed'
  | 'skipped'
  | 'undone'
  | 'running'
  | 'waits'
  | 'undoing'

export function timelineOf(snapshot: RunSnapshot, log: readonly RunEvent[], now: Date): Timeline {
  const from = ms(snapshot.startedAt)
  const rows = [
    ...snapshot.phases.flatMap((phase) => phaseRows(phase, { snapshot, log, now })),
    ...snapshot.clears.flatMap((clear) => rollbackRows(clear, 'Clear', { snapshot, log, now })),
    ...snapshot.rollbacks.flatMap((rollback) => rollbackRows(rollback, 'Rollback', { snapshot, log, now })),
  ]
  const ends = [snapshot.endedAt, ...snapshot.rollbacks.map(({ endedAt }) => endedAt)]
  const to = ends.includes(undefined) ? now.getTime() : Math.max(...ends.map((end) => ms(end ?? now)))
  return { from, to: Math.max(to, from + 1000), rows, downtimes: downtimesIn(snapshot, log, to) }
}

interface TimelineContext {
  readonly snapshot: RunSnapshot
  readonly log: readonly RunEvent[]
  readonly now: Date
}

function phaseRows(phase: PhaseSnapshot, around: TimelineContext): TimelineRow[] {
  const waits = waitsIn(phase.phase, around)
  const own = barBetween(phase, 'phase', `${phase.title}: ${phase.state}`, around.now)
  const rows = phase.steps.map((step) => stepRow(phase, step, around))
  if (!own && waits.length === 0) return []
  return [
    { label: phase.title, level: 'phase', bars: [...(own ? [own] : []), ...waits], failures: [] },
    ...rows.filter(({ bars }) => bars.length > 0),
  ]
}

function stepRow(phase: PhaseSnapshot, step: StepSnapshot, { log, now }: TimelineContext): TimelineRow {
  const bar = barBetween(step, lookOf(step), `${step.step}: ${step.evidence?.summary ?? step.title}`, now)
  const failures = log
    .filter((event) => event.event === 'failed' && event.phase === phase.phase && event.step === step.step)
    .map(({ at }) => ms(at))
  return { label: step.step, level: 'step', bars: bar ? [bar] : [], failures }
}

function lookOf({ state, evidence }: StepSnapshot): BarLook {
  switch (state) {
    case 'interrupted':
      return 'failed'
    case 'failed':
    case 'skipped':
    case 'undone':
      return state
    case 'marked-done':
      return 'skipped'
    case 'done':
    case 'cleared':
      return evidence?.strength ?? 'stated'
    default:
      return 'running'
  }
}

/** The answered and open decisions of this phase. */
function waitsIn(phase: string, { snapshot, now }: TimelineContext): Bar[] {
  const taken = snapshot.status.answers.flatMap(({ at, asked, answer, counts }) => {
    if (asked?.phase !== phase || isPartial({ counts })) return []
    const { by } = answerIn(answer)
    return [
      {
        from: ms(asked.since),
        to: ms(at),
        look: 'waits' as const,
        open: false,
        note: `${asked.title} answered${by === undefined ? '' : ` by ${by}`}`,
      },
    ]
  })
  const open = openDecisions(snapshot)
    .filter(({ decision }) => decision.phase === phase && decision.kind !== 'failed-undo')
    .map(({ decision }) => ({
      ...{ from: ms(decision.since), to: now.getTime(), look: 'waits' as const, open: true },
      note: `waits: ${decision.title}`,
    }))
  return [...taken, ...open]
}

function rollbackRows(
  { startedAt, endedAt, closedAs, steps }: RollbackSnapshot,
  name: 'Clear' | 'Rollback',
  { log, now }: TimelineContext,
): TimelineRow[] {
  const times = { startedAt, ...(endedAt === undefined ? {} : { endedAt }) }
  const hasFailed = closedAs !== undefined && closedAs !== 'COMPLETED'
  const own = barBetween(times, hasFailed ? 'failed' : 'phase', name, now)
  const until = endedAt ?? now.toISOString()
  const during = log.filter(({ at }) => at >= startedAt && at <= until)
  const rows = steps.flatMap((step): TimelineRow[] => {
    const bar = barBetween(step, 'undoing', `${step.step} ${step.state}`, endedAt ?? now)
    const failures = during
      .filter((one) => one.event === 'failed' && one.step === step.step)
      .map((one) => ms(one.at))
    return bar ? [{ label: step.step, level: 'step', bars: [bar], failures }] : []
  })
  return [{ label: name, level: 'phase', bars: own ? [own] : [], failures: [] }, ...rows]
}

function barBetween(
  { startedAt, endedAt }: { readonly startedAt?: string; readonly endedAt?: string },
  look: BarLook,
  note: string,
  now: Date | string,
): Bar | undefined {
  if (startedAt === undefined) return undefined
  return { from: ms(startedAt), to: ms(endedAt ?? now), look, open: endedAt === undefined, note }
}

function ms(at: string | Date): number {
  return new Date(at).getTime()
}

/** An upper bound of a downtime: it starts before and ends after the real one. */
export interface Downtime {
  readonly from: number
  readonly to: number
  readonly note: string
}

/**
 * The downtime of the run, and the one that a rollback adds: from the undo of the first step after the stop until the undo of the stop.
 * `until` is the end of the known events. Empty if the plan names no downtime.
 */
export function downtimesIn(
  { status: { downtime: declared }, phases }: RunSnapshot,
  log: readonly RunEvent[],
  until: number,
): readonly Downtime[] {
  const steps = phases.flatMap((phase) => phase.steps)
  const index = steps.findIndex(({ step }) => step === declared?.from)
  const { startedAt, nothingToDo } = steps[index] ?? {}
  if (startedAt === undefined || nothingToDo !== undefined) return []

  const back = log.find(({ event, step }) => event === 'undone' && step === declared?.from)
  const last = steps.findIndex(({ step }) => step === declared?.to)
  const { state, endedAt } = steps[last] ?? {}
  if (endedAt === undefined || state === 'failed')
    return [
      back
        ? downtime(ms(startedAt), ms(back.at))
        : { from: ms(startedAt), to: until, note: `downtime since ${utc(startedAt)}, which is not over` },
    ]
  const first = downtime(ms(startedAt), ms(endedAt))
  const after = steps.slice(index + 1, last).map(({ step }) => step)
  const down = log.find(({ event, step = '' }) => event === 'undoing' && after.includes(step))
  return back && down && down.at < back.at
    ? [first, downtime(ms(down.at), ms(back.at), ' in the rollback')]
    : [first]
}

function downtime(from: number, to: number, where = ''): Downtime {
  return { from, to, note: `downtime of at most ${took(to - from)}${where}` }
}
