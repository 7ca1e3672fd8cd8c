import type { LogEntry } from '../rendering/log-lines.ts'
import { openDecisions } from '../story.ts'
import type { PhaseStory, RollBackStory, StepStory, Story } from '../story.ts'
import { downtimesIn } from './downtimes-in.ts'
import type { Downtime } from './downtimes-in.ts'

/** A run over time, from its start to its end or to now: rows of bars, in milliseconds since the epoch. */
export interface Timeline {
  readonly from: number
  readonly to: number
  readonly rows: readonly TimelineRow[]
  /** Stretches in which visitors got nothing, where that is known. */
  readonly downtimes: readonly Downtime[]
}

export interface TimelineRow {
  readonly label: string
  /** A phase or a rollback has its steps below it. */
  readonly level: 'phase' | 'step'
  readonly bars: readonly Bar[]
  /** When a try failed. */
  readonly failures: readonly number[]
}

export interface Bar {
  readonly from: number
  readonly to: number
  readonly look: BarLook
  /** Whether it goes on after the end of the picture. */
  readonly open: boolean
  /** For whoever points at it. */
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

export function timelineOf(story: Story, log: readonly LogEntry[], now: Date): Timeline {
  const from = ms(story.startedAt)
  const rows = [
    ...story.phases.flatMap((phase) => phaseRows(phase, { story, log, now })),
    ...story.rollBacks.flatMap((rollBack) => rollBackRows(rollBack, { story, log, now })),
  ]
  const ends = [story.endedAt, ...story.rollBacks.map(({ endedAt }) => endedAt)]
  const to = ends.includes(undefined) ? now.getTime() : Math.max(...ends.map((end) => ms(end ?? now)))
  return { from, to: Math.max(to, from + 1000), rows, downtimes: downtimesIn(story, log, to) }
}

interface Around {
  readonly story: Story
  readonly log: readonly LogEntry[]
  readonly now: Date
}

function phaseRows(phase: PhaseStory, around: Around): TimelineRow[] {
  const waits = waitsIn(phase.phase, around)
  const own = barBetween(phase, 'phase', `${phase.title}: ${phase.state}`, around.now)
  const rows = phase.steps.map((step) => stepRow(phase, step, around))
  if (!own && waits.length === 0) return []
  return [
    { label: phase.title, level: 'phase', bars: [...(own ? [own] : []), ...waits], failures: [] },
    ...rows.filter(({ bars }) => bars.length > 0),
  ]
}

function stepRow(phase: PhaseStory, step: StepStory, { log, now }: Around): TimelineRow {
  const bar = barBetween(step, lookOf(step), `${step.step}: ${step.evidence?.summary ?? step.title}`, now)
  const failures = log
    .filter((told) => told.event === 'failed' && told.phase === phase.phase && told.step === step.step)
    .map(({ at }) => ms(at))
  return { label: step.step, level: 'step', bars: bar ? [bar] : [], failures }
}

function lookOf({ state, evidence }: StepStory): BarLook {
  switch (state) {
    case 'failed':
    case 'skipped':
    case 'undone':
      return state
    case 'done':
      return evidence?.strength ?? 'stated'
    default:
      return 'running'
  }
}

/** Decisions that were taken about this phase, and those that are open. */
function waitsIn(phase: string, { story, now }: Around): Bar[] {
  const taken = story.status.answers.flatMap(({ at, asked, answer }) => {
    if (asked?.phase !== phase) return []
    const by =
      typeof answer === 'object' && answer !== null && 'by' in answer ? ` by ${String(answer['by'])}` : ''
    return [
      {
        from: ms(asked.since),
        to: ms(at),
        look: 'waits' as const,
        open: false,
        note: `${asked.title} answered${by}`,
      },
    ]
  })
  const open = openDecisions(story)
    .filter(({ decision }) => decision.phase === phase && decision.kind !== 'failed-undo')
    .map(({ decision }) => ({
      ...{ from: ms(decision.since), to: now.getTime(), look: 'waits' as const, open: true },
      note: `waits: ${decision.title}`,
    }))
  return [...taken, ...open]
}

function rollBackRows({ startedAt, endedAt, failure }: RollBackStory, { log, now }: Around): TimelineRow[] {
  const times = { startedAt, ...(endedAt === undefined ? {} : { endedAt }) }
  const own = barBetween(times, failure ? 'failed' : 'phase', 'Rollback', now)
  const until = endedAt ?? now.toISOString()
  const told = log.filter(({ at }) => at >= startedAt && at <= until)
  const rows = told
    .filter(({ event }) => event === 'undoing')
    .map(({ step = '', at }): TimelineRow => {
      const undone = told.find((one) => one.event === 'undone' && one.step === step && one.at >= at)
      const failures = told
        .filter((one) => one.event === 'failed' && one.step === step)
        .map((one) => ms(one.at))
      const bar = {
        from: ms(at),
        to: ms(undone?.at ?? until),
        look: 'undoing' as const,
        open: !undone && !endedAt,
        note: `${step} undone`,
      }
      return { label: step, level: 'step', bars: [bar], failures }
    })
  return [{ label: 'Rollback', level: 'phase', bars: own ? [own] : [], failures: [] }, ...rows]
}

function barBetween(
  { startedAt, endedAt }: { readonly startedAt?: string; readonly endedAt?: string },
  look: BarLook,
  note: string,
  now: Date,
): Bar | undefined {
  if (startedAt === undefined) return undefined
  return { from: ms(startedAt), to: ms(endedAt ?? now), look, open: endedAt === undefined, note }
}

function ms(at: string | Date): number {
  return new Date(at).getTime()
}
