import { clearInWords } from '../../workflows/clear-in-words.ts'
import { criteriaOf } from '../../workflows/criteria.ts'
import { revisionText } from '../../workflows/revision-text.ts'
import { meaningOf } from '../../workflows/run-states.ts'
import type { RecordedAnswer, StepState } from '../../workflows/status.ts'
import { decisionCommands } from '../../workflows/answer-command.ts'
import { plainLines } from '../../workflows/text.ts'
import { isPassedOver, nextCommands } from '../rendering/outcome-lines.ts'
import { between, utc } from '../rendering/time.ts'
import { eventLine, inOrder } from '../run/events.ts'
import type { RunEvent } from '../run/events.ts'
import { parsed } from '../../workflows/answers.ts'
import { recordedSigner } from '../../workflows/quorum.ts'
import { hasFailed } from '../run/phases.ts'
import { answerIn, openDecisions, stateOf } from '../run/snapshot.ts'
import type { PhaseSnapshot, RunSnapshot, StepSnapshot } from '../run/snapshot.ts'
import { whatServes } from '../run/what-serves.ts'
import type {
  Mood,
  Report,
  ReportedCriterion,
  ReportedDecision,
  ReportedPhase,
  ReportedStep,
  SourceRow,
  Unproven,
} from './report.ts'
import { timelineOf } from './timeline.ts'
import type { Timeline } from './timeline.ts'
import { whatHappened } from './what-happened.ts'

/** The report on the current state of a run, which may be finished, waiting or running. */
export function reportOf(
  snapshot: RunSnapshot,
  log: readonly RunEvent[],
  { now, page }: { readonly now: Date; readonly page: string },
): Report {
  const { status } = snapshot
  const phases = snapshot.phases.map(reportedPhase)
  const open = openDecisions(snapshot)
  const timeline = timelineOf(snapshot, log, now)
  return {
    title: status.title,
    run: status.run,
    state: stateOf(snapshot),
    mood: moodOf(snapshot),
    facts: [
      ...factsOf(snapshot, { now, page }),
      ...downtimeFacts(timeline),
      ...clearFacts(snapshot),
      ...whatServes(snapshot),
    ],
    happened: whatHappened(snapshot, now),
    waits: open.map(({ decision }) => ({
      title: plainLines([decision.title]).join(' '),
      since: utc(decision.since),
      says: decision.kind === 'gate' ? [] : plainLines(decision.shows),
      does: decision.choices.map(({ choice, does }) => `${choice}: ${does}`),
      commands: decisionCommands(status.run, decision),
    })),
    timeline,
    sources: sourceRows(phases),
    criteria: criteriaIn(snapshot),
    phases,
    unproven: unprovenIn(phases),
    decisions: decisionsIn(snapshot, log),
    leftovers: [...status.leftovers, ...laterLeftovers(snapshot)],
    next: nextCommands(snapshot),
    log: inOrder(log).map(eventLine),
    madeAt: utc(now.toISOString()),
  }
}

function moodOf(snapshot: RunSnapshot): Mood {
  const { isOpen, changes, exit } = meaningOf(stateOf(snapshot))
  if (isOpen) return 'open'
  if (changes === 'undone') return 'undone'
  return exit === 'done' ? 'good' : 'bad'
}

function factsOf(
  snapshot: RunSnapshot,
  { now, page }: { readonly now: Date; readonly page: string },
): Report['facts'] {
  const { status, startedAt, rollbacks } = snapshot
  const endedAt = rollbacks.length > 0 ? rollbacks.at(-1)?.endedAt : snapshot.endedAt
  return [
    ['Run', status.run],
    ['Plan', status.plan || 'not read yet'],
    ...(status.revision ? [['Revision', revisionText(status.revision)] as const] : []),
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

function clearFacts({ phases }: RunSnapshot): Report['facts'] {
  return phases.flatMap(({ phase, clear }): [string, string][] =>
    clear ? [[`After ${phase}`, clearInWords(clear)]] : [],
  )
}

/** A rollback inside the run has given its leftovers to the run. */
function laterLeftovers({ status, rollbacks }: RunSnapshot): Report['leftovers'] {
  const known = new Set(status.leftovers.map(({ what }) => what))
  return rollbacks.flatMap((rollback) => rollback.status.leftovers.filter(({ what }) => !known.has(what)))
}

function reportedPhase(phase: PhaseSnapshot): ReportedPhase {
  const { startedAt, endedAt } = phase
  return {
    phase: phase.phase,
    title: phase.title,
    state: phase.state,
    steps: phase.steps.map(reportedStep),
    ...(startedAt !== undefined && endedAt !== undefined ? { took: between(startedAt, endedAt) } : {}),
  }
}

function reportedStep(step: StepSnapshot): ReportedStep {
  const { evidence, failure, startedAt, endedAt, state, nothingToDo, role, source, success } = step
  return {
    ...{ step: step.step, title: step.title, host: step.host, attempts: step.attempt },
    state,
    said: hasFailed(step) ? (failure ?? step.title) : (evidence?.summary ?? step.title),
    ...(evidence && !hasFailed(step) ? { strength: evidence.strength } : {}),
    ...(startedAt !== undefined && endedAt !== undefined ? { took: between(startedAt, endedAt) } : {}),
    ...(nothingToDo === undefined ? {} : { nothingToDo }),
    ...(role === undefined ? {} : { role }),
    sources: [source ?? []].flat(),
    ...(success === undefined ? {} : { success }),
  }
}

/** Who answered what, when and by which way; also what was sent and ignored, and why. Oldest first. */
function decisionsIn(
  { status, clears, rollbacks }: RunSnapshot,
  log: readonly RunEvent[],
): readonly ReportedDecision[] {
  const answers = [status, ...[...clears, ...rollbacks].map((one) => one.status)].flatMap(
    (one) => one.answers,
  )
  return answers.map((answer) => reported(answer, identityOf(answer, log)))
}

/** Temporal's identity of the client that sent an accepted answer. */
function identityOf({ answer, taken }: RecordedAnswer, log: readonly RunEvent[]): string | undefined {
  const { decision, by } = answerIn(answer)
  const sent = log.find(
    (event) => event.event === 'decided' && event.decision === decision && event.role === by,
  )
  return taken ? sent?.identity : undefined
}

function reported(
  { at, via, answer, taken, why, asked, ...signed }: RecordedAnswer,
  identity: string | undefined,
): ReportedDecision {
  // An ignored answer is recorded as the text that came.
  const sent = typeof answer === 'string' ? parsed(answer) : answer
  const { decision, choice, by: name, reason } = answerIn(sent)
  const by = recordedSigner({ ...signed, by: name })
  const recorded = {
    at: utc(at),
    question: asked?.title ?? decision ?? 'no decision was named',
    answer: choice ?? (typeof answer === 'string' ? answer : JSON.stringify(answer)),
    by: identity === undefined ? by : `${by} (sent by ${identity})`,
    via,
    ...(reason === undefined ? {} : { reason }),
    ...(asked ? { waited: between(asked.since, at) } : {}),
  }
  return taken ? recorded : { ...recorded, ignored: why ?? 'no match' }
}

/**
 * Steps that are done without a comparison with their source: passed over, stated or observed. Leaves out steps that were
 * not done or were undone.
 */
function unprovenIn(phases: readonly ReportedPhase[]): readonly Unproven[] {
  const steps = phases.flatMap((phase) => phase.steps)
  const done = steps.filter(({ state }) => state === 'done' || state === 'cleared')
  const observed = done.filter(({ strength }) => strength === 'observed')
  return [
    ...steps
      .filter(isPassedOver)
      .map(({ step: what, title }) => ({ what, why: `passed over by a person: ${title}` })),
    ...done
      .filter(({ strength }) => strength === 'stated' || strength === undefined)
      .map(({ step: what, said }) => ({ what, why: `stated by a person: ${said}` })),
    ...(observed.length === 0
      ? []
      : [
          {
            what: observed.map(({ step }) => step).join(', '),
            why: 'observed: looked at and found as expected, not compared with a sum',
          },
        ]),
  ]
}

/** The checklists of all gates. Evidence counts also where its step was cleared or undone since: it was true when it was found. */
function criteriaIn({ phases }: RunSnapshot): readonly ReportedCriterion[] {
  const steps = phases.flatMap((phase) => phase.steps)
  const found = steps.filter((step) => !hasFailed(step) && !isPassedOver(step))
  const passedOver = steps
    .filter(isPassedOver)
    .map(({ step, state }) => ({ step, choice: state, by: 'a person' }))
  return phases.flatMap(({ title, criteria = [] }) =>
    criteriaOf({ criteria }, { done: found, passedOver }).map((criterion) => ({ gate: title, ...criterion })),
  )
}

/** From best to worst. */
const STATES: readonly StepState[] = [
  ...([
    'done',
    'cleared',
    'holding',
    'verifying',
    'applying',
    'running',
    'inspecting',
    'waiting',
    'not-begun',
  ] as const),
  ...(['marked-done', 'skipped', 'undone', 'interrupted', 'failed'] as const),
]

/** The rows of the source document, in the plan's order, each with the steps that stand for it; none where no step names one. */
function sourceRows(phases: readonly ReportedPhase[]): readonly SourceRow[] {
  const rows = new Map<string, ReportedStep[]>()
  for (const step of phases.flatMap(({ steps }) => steps)) {
    for (const source of step.sources) rows.set(source, [...(rows.get(source) ?? []), step])
  }
  return [...rows].map(([source, steps]) => ({
    source,
    steps,
    state: worst(steps),
    roles: unique(steps.map(({ role }) => role)),
    criteria: unique(steps.map(({ success }) => success)),
  }))
}

function worst(steps: readonly ReportedStep[]): StepState {
  const last = Math.max(...steps.map(({ state }) => STATES.indexOf(state)))
  return STATES[last] ?? 'waiting'
}

function unique(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined))]
}
