import type { Evidence } from '../../steps/step-kind.ts'
import type { Criterion, RunState, StepState } from '../../workflows/status.ts'
import type { Timeline } from './timeline.ts'

/** The content of a report, before it is rendered as Markdown or HTML: plain text, nothing escaped. */
export interface Report {
  readonly title: string
  readonly run: string
  readonly state: RunState
  readonly mood: Mood
  /** Run, plan, hosts, times: name and value. */
  readonly facts: readonly (readonly [string, string])[]
  /** Some sentences: what happened. */
  readonly happened: string
  /** Open decisions, each with what may be typed. */
  readonly waits: readonly Waiting[]
  readonly timeline: Timeline
  readonly sources: readonly SourceRow[]
  readonly criteria: readonly ReportedCriterion[]
  readonly phases: readonly ReportedPhase[]
  readonly unproven: readonly Unproven[]
  readonly decisions: readonly ReportedDecision[]
  readonly leftovers: readonly { readonly what: string; readonly why: string }[]
  readonly next: readonly string[]
  /** Role lines, oldest first. */
  readonly log: readonly string[]
  readonly madeAt: string
}

/** good: done and proven · undone: rolled back · bad: failed, stopped, refused · open: running or waiting. */
export type Mood = 'good' | 'undone' | 'bad' | 'open'

export interface Waiting {
  readonly title: string
  readonly since: string
  /** For a failure: everything that the question shows. What a gate opens is listed with the phases. */
  readonly says: readonly string[]
  /** What each answer does. */
  readonly does: readonly string[]
  readonly commands: readonly string[]
}

/** What became of one row of the document that a plan was made from. */
export interface SourceRow {
  readonly source: string
  readonly state: StepState
  readonly roles: readonly string[]
  readonly criteria: readonly string[]
  readonly steps: readonly ReportedStep[]
}

/** A criterion of a gate, with the evidence of each of its steps. */
export interface ReportedCriterion extends Criterion {
  /** The title of the phase behind the gate. */
  readonly gate: string
}

export interface ReportedPhase {
  readonly phase: string
  readonly title: string
  readonly state: string
  readonly took?: string
  readonly steps: readonly ReportedStep[]
}

export interface ReportedStep {
  readonly step: string
  readonly title: string
  readonly host: string
  readonly role?: string
  /** The rows of the source document that it covers. */
  readonly sources: readonly string[]
  readonly success?: string
  readonly state: StepState
  readonly strength?: Evidence['strength']
  /** The evidence, or why it failed, or what it is about. */
  readonly said: string
  readonly nothingToDo?: string
  readonly attempts: number
  readonly took?: string
}

export interface Unproven {
  readonly what: string
  readonly why: string
}

export interface ReportedDecision {
  readonly at: string
  readonly question: string
  readonly answer: string
  readonly by: string
  readonly via: string
  readonly waited?: string
  readonly reason?: string
  /** Why it was ignored; absent for an accepted answer. */
  readonly ignored?: string
}

/** A done step is shown by the strength of its evidence; it stays true where the step was cleared since. */
export function strengthOrState({
  state,
  strength,
}: Pick<ReportedStep, 'state'> & { readonly strength: ReportedStep['strength'] | undefined }): string {
  if (state === 'cleared') return `${strength ?? 'done'}, cleared`
  return state === 'done' ? (strength ?? 'done') : state
}
