import type { RunState, RunStatus, StepState } from '../../workflows/status.ts'
import { openDecisions } from '../story.ts'
import type { PhaseStory, RollBackStory, StepStory, Story } from '../story.ts'
import { firstLine } from './columns.ts'
import { progressText, tenths } from './progress.ts'
import { roleLine } from './log-lines.ts'
import type { LogStatus } from './log-lines.ts'
import { between } from './time.ts'

/** Something that happened, at its own time: a run that is followed late tells its past as it was. */
interface News {
  readonly at: string
  /** A step's role, else its plan; what the run itself does is reinstate's. */
  readonly role?: string
  readonly status: LogStatus
  readonly what: string
}

/** What happened from one look at a run to the next: `[Auditor] [2026-…Z]: [COMPLETED] migrate/rows done in 2 s: …`. */
export function newsBetween(before: Story | undefined, after: Story, now: Date): string[] {
  const { phases, rollBacks } = after
  const news = [
    ...runNews(before?.status, after.status),
    ...phases.flatMap((phase) =>
      phaseNews(before?.phases.find(sameAs(phase)), phase, { now, plan: after.status.plan }),
    ),
    ...rollBacks.flatMap((rollBack) =>
      rollBackNews(
        before?.rollBacks.find(({ workflowId }) => workflowId === rollBack.workflowId),
        rollBack,
        now,
      ),
    ),
    ...decisionNews(before, after),
  ]
  return [...news]
    .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
    .map(({ at, role = 'reinstate', status, what }) => roleLine({ at, role, status, message: what }))
}

function runNews(before: RunStatus | undefined, { run, state, waitsFor, since }: RunStatus): News[] {
  if (before?.state === state && before.waitsFor === waitsFor) return []
  // Decisions have lines of their own; once they are taken, the run goes on where it was.
  const goesOn = before?.state === 'waiting-for-decision' && before.since === since
  if (state === 'waiting-for-decision' || goesOn) return []
  return [
    {
      at: since,
      status: RUN_STATUS[state],
      what: `${run} ${state}${waitsFor === undefined ? '' : `: ${firstLine(waitsFor)}`}`,
    },
  ]
}

interface Around {
  readonly now: Date
  readonly plan: string
}

function phaseNews(before: PhaseStory | undefined, after: PhaseStory, { now, plan }: Around): News[] {
  const { phase, title, state, startedAt = now.toISOString(), endedAt = now.toISOString(), steps } = after
  const changed = before?.state !== state
  const begins = changed && (state === 'running' || (before === undefined && after.startedAt !== undefined))
  const ends = changed && ['done', 'failed', 'skipped', 'undone'].includes(state)
  const took = after.startedAt === undefined ? '' : ` in ${between(startedAt, endedAt)}`
  const stepsNews = steps.flatMap((step) =>
    stepNews(
      before?.steps.find(({ step: id }) => id === step.step),
      step,
      now,
    ).map((one) => ({ ...one, role: step.role ?? plan })),
  )
  return [
    ...(begins ? [{ at: startedAt, status: 'STARTED' as const, what: `${phase} running: ${title}` }] : []),
    ...stepsNews.map((one) => ({ ...one, what: `${phase}/${one.what}` })),
    ...(ends ? [{ at: endedAt, status: endStatus(state), what: `${phase} ${state}${took}` }] : []),
  ]
}

const RUN_STATUS: Readonly<Record<RunState, LogStatus>> = {
  resolving: 'STARTED',
  'waiting-for-lock': 'IN_PROGRESS',
  'looking-ahead': 'IN_PROGRESS',
  running: 'IN_PROGRESS',
  'waiting-for-decision': 'NEEDS_REVIEW',
  'rolling-back': 'IN_PROGRESS',
  done: 'COMPLETED',
  'rolled-back': 'COMPLETED',
  stopped: 'BLOCKED',
  refused: 'BLOCKED',
  failed: 'BLOCKED',
}

function endStatus(state: StepState | PhaseStory['state']): LogStatus {
  return state === 'failed' ? 'BLOCKED' : 'COMPLETED'
}

const ENDS: readonly StepState[] = ['done', 'failed', 'skipped', 'undone']

function stepNews(before: StepStory | undefined, after: StepStory, now: Date): News[] {
  const { step, state, generation, title, host, beat } = after
  const { startedAt = now.toISOString(), endedAt = now.toISOString() } = after
  const again = generation > 1 ? ` (try ${generation})` : ''
  const isNew = before?.state !== state || before.generation !== generation
  if (isNew && ENDS.includes(state)) {
    return [
      {
        at: endedAt,
        status: endStatus(state),
        what: `${step} ${state}${again}${tookFor(after)}${why(after)}`,
      },
    ]
  }
  const hadBegun = before !== undefined && before.state !== 'waiting' && before.generation === generation
  if (isNew && state !== 'waiting' && !hadBegun) {
    return [
      {
        at: startedAt,
        status: 'STARTED',
        what: `${step} started${again}: ${title}${host === '' ? '' : ` (on ${host})`}`,
      },
    ]
  }
  const at = now.toISOString()
  if (beat?.unreachableSince !== undefined && before?.beat?.unreachableSince !== beat.unreachableSince) {
    return [
      {
        at,
        status: 'BLOCKED',
        what: `${step} ${state}: host ${host} cannot be reached; it is tried again and again`,
      },
    ]
  }
  const moved = tenths(after) !== undefined && before !== undefined && tenths(before) !== tenths(after)
  return moved ? [{ at, status: 'IN_PROGRESS', what: `${step} ${state}: ${progressText(beat, now)}` }] : []
}

function tookFor({ startedAt, endedAt }: StepStory): string {
  return startedAt === undefined || endedAt === undefined ? '' : ` in ${between(startedAt, endedAt)}`
}

function why({ evidence, nothingToDo, failure, state }: StepStory): string {
  if (state === 'failed') return failure === undefined ? '' : `: ${firstLine(failure)}`
  const seen = evidence ? `${evidence.strength}: ${firstLine(evidence.summary)}` : ''
  const all = [nothingToDo === undefined ? '' : `nothing to do, ${nothingToDo}`, seen]
    .filter(Boolean)
    .join('; ')
  return all === '' ? '' : `: ${all}`
}

function rollBackNews(before: RollBackStory | undefined, after: RollBackStory, now: Date): News[] {
  const at = after.endedAt ?? now.toISOString()
  const { status, startedAt } = after
  const known = before?.status
  return [
    ...(before ? [] : [{ at: startedAt, status: 'STARTED' as const, what: `rolling back ${status.run}` }]),
    ...status.phases
      .filter(
        ({ phase, state }) => state === 'undone' && known?.phases.find(sameAs({ phase }))?.state !== 'undone',
      )
      .map(({ phase }) => ({ at, status: 'COMPLETED' as const, what: `${phase} undone` })),
    ...status.leftovers.slice(known?.leftovers.length ?? 0).map(({ what, why: reason }) => ({
      at,
      status: 'IN_PROGRESS' as const,
      what: `left behind: ${what}: ${reason}`,
    })),
  ]
}

function decisionNews(before: Story | undefined, after: Story): News[] {
  const known = before ? openDecisions(before).map(asked) : []
  return openDecisions(after)
    .filter((open) => !known.includes(asked(open)))
    .map(({ decision: { title, decision, since } }) => ({
      at: since,
      status: 'NEEDS_REVIEW',
      what: `waits for a decision: ${title} (${decision})`,
    }))
}

function asked({ decision }: ReturnType<typeof openDecisions>[number]): string {
  return `${decision.decision} ${decision.timesAsked}`
}

function sameAs({ phase }: { readonly phase: string }) {
  return (other: { readonly phase: string }) => other.phase === phase
}
