import { plainLines } from '../rendering/markdown.ts'
import { logLines } from '../rendering/log-lines.ts'
import type { LogEntry } from '../rendering/log-lines.ts'
import { nextCommands } from '../rendering/report.ts'
import { decisionCommands } from '../rendering/decision-lines.ts'
import { between } from '../rendering/time.ts'
import { openDecisions, stateOf } from '../story.ts'
import type { PhaseStory, StepStory, Story } from '../story.ts'
import { decisionsIn } from './decisions-in.ts'
import type { Mood, Report, ReportedPhase, ReportedStep } from './report.ts'
import { sourceRows } from './source-rows.ts'
import { timelineOf } from './timeline.ts'
import type { Timeline } from './timeline.ts'
import { unprovenIn } from './unproven-in.ts'
import { utc } from './utc.ts'
import { whatHappened } from './what-happened.ts'

/** The report on a run as it stands: of one that is over, that waits, or that goes on. */
export function reportOf(
  story: Story,
  log: readonly LogEntry[],
  { now, page }: { readonly now: Date; readonly page: string },
): Report {
  const { status } = story
  const state = stateOf(story)
  const phases = story.phases.map((phase) => reportedPhase(phase, story))
  const open = openDecisions(story)
  const timeline = timelineOf(story, log, now)
  return {
    title: status.title,
    run: status.run,
    state: open.length > 0 ? 'waiting-for-decision' : state,
    mood: moodOf(story),
    facts: [...factsOf(story, { now, page }), ...downtimeFacts(timeline)],
    happened: whatHappened(story, now),
    waits: open.map(({ decision }) => ({
      title: plainLines([decision.title]).join(' '),
      since: utc(decision.since),
      says: decision.kind === 'gate' ? [] : plainLines(decision.shows),
      does: decision.choices.map(({ choice, does }) => `${choice}: ${does}`),
      commands: decisionCommands(status.run, decision),
    })),
    timeline,
    sources: sourceRows(phases),
    phases,
    unproven: unprovenIn(phases),
    decisions: decisionsIn(story),
    leftovers: [...status.leftovers, ...laterLeftovers(story)],
    next: isOpen(story) ? [`reinstate status ${status.run} --follow`] : nextCommands(story),
    log: logLines(log),
    madeAt: utc(now.toISOString()),
  }
}

function moodOf(story: Story): Mood {
  switch (stateOf(story)) {
    case 'done':
      return 'good'
    case 'rolled-back':
      return 'undone'
    case 'failed':
    case 'stopped':
    case 'refused':
      return 'bad'
    default:
      return 'open'
  }
}

function isOpen(story: Story): boolean {
  return moodOf(story) === 'open'
}

function factsOf(
  story: Story,
  { now, page }: { readonly now: Date; readonly page: string },
): Report['facts'] {
  const { status, startedAt, rollBacks } = story
  const endedAt = rollBacks.length > 0 ? rollBacks.at(-1)?.endedAt : story.endedAt
  return [
    ['Run', status.run],
    ['Plan', status.plan || 'not read yet'],
    ['Hosts', status.hosts.join(', ') || 'not known yet'],
    ['Started by', status.by ?? 'not said'],
    ['Started', utc(startedAt)],
    ['Ended', endedAt === undefined ? 'not yet' : utc(endedAt)],
    ['Took', between(startedAt, endedAt ?? now)],
    ['Temporal', page],
  ]
}

function downtimeFacts({ downtimes }: Timeline): Report['facts'] {
  return downtimes.map(({ note }): [string, string] => ['Visitors had', note])
}

/** A rollback inside the run has given its leftovers to the run. */
function laterLeftovers({ status, rollBacks }: Story): Report['leftovers'] {
  const known = new Set(status.leftovers.map(({ what }) => what))
  return rollBacks.flatMap((rollBack) => rollBack.status.leftovers.filter(({ what }) => !known.has(what)))
}

function reportedPhase(phase: PhaseStory, story: Story): ReportedPhase {
  const { startedAt, endedAt } = phase
  const over = story.endedAt !== undefined
  return {
    phase: phase.phase,
    title: phase.title,
    state: over && (phase.state === 'waiting' || phase.state === 'gate') ? 'not run' : phase.state,
    steps: phase.steps.map((step) => reportedStep(step, { over })),
    ...(startedAt !== undefined && endedAt !== undefined ? { took: between(startedAt, endedAt) } : {}),
  }
}

function reportedStep(step: StepStory, { over }: { readonly over: boolean }): ReportedStep {
  const { evidence, failure, startedAt, endedAt, state, nothingToDo, role, source, success } = step
  return {
    ...{ step: step.step, title: step.title, host: step.host, tries: step.generation },
    state: over && state === 'waiting' ? 'not run' : state,
    said: state === 'failed' ? (failure ?? step.title) : (evidence?.summary ?? step.title),
    ...(evidence && state !== 'failed' ? { strength: evidence.strength } : {}),
    ...(startedAt !== undefined && endedAt !== undefined ? { took: between(startedAt, endedAt) } : {}),
    ...(nothingToDo === undefined ? {} : { nothingToDo }),
    ...(role === undefined ? {} : { role }),
    ...(source === undefined ? {} : { source }),
    ...(success === undefined ? {} : { success }),
  }
}
