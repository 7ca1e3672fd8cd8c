/** What goes into, between and out of the workflows: plain data. Everything that talks to a run imports this. */
import type { Amount, Evidence, Json, Leftover, Look, Outputs } from '../steps/step-kind.ts'
import type { JournalEntry, ResolvedPhase, ResolvedPlan, ResolvedStep } from '../plan/plan.ts'
import type { Previewed } from './previews.ts'

export const TASK_QUEUE = 'reinstate'

export const SEARCH_ATTRIBUTES = {
  state: 'ReinstateState',
  run: 'ReinstateRun',
  plan: 'ReinstatePlan',
  hosts: 'ReinstateHosts',
} as const

/** The one JSON argument of `runPlan`; `plan` is a shipped plan's name or a path on the worker. */
export interface RunRequest {
  readonly plan: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly by?: string
  /** A preview that the run is held to: it is refused where anything is not as it was. */
  readonly preview?: Previewed
}

/** How a run is known to hosts and activities. */
export interface RunRef {
  /** The workflow id, such as `guestbook-20261121-0755`. */
  readonly run: string
  /** The first execution's run id: constant through reset. First part of every token. */
  readonly token: string
}

/** The id of the workflow that is a lock: Temporal lets only one of them be open. */
export function lockId({ host, stack }: { readonly host: string; readonly stack: string }): string {
  return `lock/${host}/${stack}`
}

/** ` on droplet`; nothing for a step of a person or of the clock. */
export function onHost(host: string): string {
  return host === '' ? '' : ` on ${host}`
}

/** What a run is at, in one word; also the search attribute. */
export type RunState =
  | 'resolving'
  | 'waiting-for-lock'
  | 'looking-ahead'
  | 'running'
  | 'waiting-for-decision'
  | 'rolling-back'
  | 'done'
  | 'rolled-back'
  | 'stopped'
  | 'refused'
  | 'failed'

export type Choice = 'approve' | 'reject' | 'retry' | 'skip' | 'roll-back' | 'stop' | 'mark-done'

/** A question that a run asks people, with what each answer does. */
export interface Decision {
  /** Unique in the run: `gate/cutover`, `attest/orders-placed~1`, `failed/database~2`. */
  readonly decision: string
  readonly kind: 'gate' | 'attest' | 'failed-step' | 'unknown-outcome' | 'failed-undo'
  readonly title: string
  readonly phase: string
  readonly step?: string
  readonly host?: string
  /** ISO time. */
  readonly since: string
  readonly choices: readonly { readonly choice: Choice; readonly does: string }[]
  /** What a person must know to choose: the failure, or what a gate opens. Markdown lines. */
  readonly shows: readonly string[]
  readonly approvers: readonly string[]
  readonly seal?: string
  readonly expires?: string
  readonly otherwise?: string
  readonly timesAsked: number
}

/** What a person sends, by update `decide` or signal `decide`. */
export interface DecisionAnswer {
  readonly decision: string
  readonly choice: Choice
  readonly by: string
  readonly seal?: string
  readonly reason?: string
}

/** An answer as it was taken, or why it was not. */
export interface RecordedAnswer {
  readonly at: string
  readonly via: 'update' | 'signal' | 'timeout'
  readonly answer: Json
  readonly taken: boolean
  readonly why?: string
  /** What was decided by it; absent where it was not taken. */
  readonly asked?: Pick<Decision, 'kind' | 'title' | 'phase' | 'since'>
}

export type StepState =
  'waiting' | 'looking' | 'running' | 'verifying' | 'done' | 'skipped' | 'failed' | 'undone'

/** A step of a plan, as people are told of it. */
export type StepOutline = Pick<ResolvedStep, 'step' | 'title' | 'host' | 'role' | 'source' | 'success'> &
  Partial<Pick<ResolvedStep, 'kind'>>

export interface StepStatus {
  readonly step: string
  readonly title: string
  readonly host: string
  readonly state: StepState
  readonly generation: number
  readonly startedAt?: string
  readonly endedAt?: string
  /** Of a step of a person or of the clock: for whom, or until when. */
  readonly waitsFor?: string
  readonly nothingToDo?: string
  readonly evidence?: Evidence
  readonly failure?: string
}

/** The answer to the query `status` of a phase. */
export interface PhaseStatus {
  readonly phase: string
  readonly steps: readonly StepStatus[]
}

/** The answer to the query `status` of a run or a rollback. */
export interface RunStatus {
  readonly run: string
  readonly plan: string
  readonly title: string
  /** Who started it, in their own word. */
  readonly by?: string
  readonly state: RunState
  readonly since: string
  readonly waitsFor?: string
  readonly hosts: readonly string[]
  readonly phases: readonly {
    readonly phase: string
    readonly title: string
    readonly state: 'waiting' | 'gate' | 'running' | 'done' | 'failed' | 'skipped' | 'undone' | 'not-run'
    /** The workflow that carries it out; absent before it starts. */
    readonly workflowId?: string
    readonly steps: readonly StepOutline[]
  }[]
  readonly decisions: readonly Decision[]
  readonly answers: readonly RecordedAnswer[]
  readonly leftovers: readonly Leftover[]
  /** In which visitors get nothing, where the plan says so: forecast at the gate, measured once it is over. */
  readonly downtime?: {
    readonly from: string
    readonly to: string
    readonly forecastSeconds?: number
    readonly seconds?: number
  }
}

/** Input of the workflow `runPhase`. `phase.steps` are those still to do. */
export interface PhaseRequest {
  readonly ref: RunRef
  readonly plan: PlanContext
  readonly phase: ResolvedPhase
  readonly generations: Readonly<Record<string, number>>
  /** Outputs of every step that is done so far. */
  readonly outputs: Readonly<Record<string, Outputs>>
  /** Entries of earlier tries of this phase: the first `seen` stays. */
  readonly journal: readonly JournalEntry[]
  /** By step: how much it may take away, where people approved it. */
  readonly approved?: Readonly<Record<string, Amount>>
  /** The run that is told of a failure at once. */
  readonly parent: string
}

/** What activities need to know of a plan beside the step. */
export type PlanContext = Pick<ResolvedPlan, 'plan' | 'hosts' | 'secrets'>

export interface StepResult {
  readonly step: string
  readonly evidence?: Evidence
  readonly nothingToDo?: string
  readonly outputs: Outputs
  /** ISO times, the step's earlier tries included. */
  readonly took?: { readonly startedAt: string; readonly endedAt: string }
}

export interface PhaseResult {
  readonly done: readonly StepResult[]
  readonly journal: readonly JournalEntry[]
  readonly cancelled: boolean
}

/** The details of the failure `PhaseFailed`. */
export interface PhaseFailure extends PhaseResult {
  readonly failed: readonly StepFailure[]
  readonly notStarted: readonly string[]
}

export interface StepFailure {
  readonly step: string
  readonly title: string
  readonly host: string
  /** The error's name: CommandFailed, OutcomeUnknown … */
  readonly type: string
  readonly message: string
  readonly generation: number
  readonly at: string
}

/** From a phase to its run: a step needs somebody's word. It is sent again until that word comes. */
export interface WordWanted {
  /** The phase's workflow, where the word is to be sent. */
  readonly workflowId: string
  readonly phase: string
  readonly step: string
  readonly generation: number
  readonly title: string
  readonly statement: string
  readonly mayBe: readonly string[]
  readonly withinSeconds: number
  readonly success?: string
  readonly artefact?: { readonly path: string; readonly host: string; readonly sha256: string }
}

/** From the run to the phase. */
export interface Word {
  readonly about: string
  readonly isSo: boolean
  readonly by: string
  readonly at: string
  readonly reason?: string
}

/** What a word is about: the step, its try, and the file as it was shown. */
export function wordAbout({
  step,
  generation,
  artefact,
}: Pick<WordWanted, 'step' | 'generation' | 'artefact'>): string {
  return [`${step}~${generation}`, ...(artefact ? [artefact.sha256] : [])].join(' ')
}

/** Input of the activities look, run, verify and undo. */
export interface StepRequest {
  readonly ref: RunRef
  readonly plan: PlanContext
  readonly phase: string
  readonly step: ResolvedStep
  readonly generation: number
  readonly outputs: Readonly<Record<string, Outputs>>
}

export type LookResult = Look<Json>

/** Input of the workflow `rollBackRun`, which undoes a run that is closed. */
export interface RollBackRunRequest {
  readonly run: string
  readonly by?: string
  readonly reason?: string
}

/** What a run notes of itself on each of its hosts before its first change: with the journal there, all that a rollback needs. */
export interface RunNote {
  readonly ref: RunRef
  readonly plan: PlanContext & Pick<ResolvedPlan, 'title' | 'stack' | 'hosts'>
  /** Phases in plan order; the needs of theirs and of their steps decide what is undone before what. */
  readonly phases: readonly PhaseNeeds[]
}

/** Input of the workflow `rollBack`. */
export interface RollBackRequest extends RunNote {
  readonly journal: readonly JournalEntry[]
  readonly reason?: string
}

export interface PhaseNeeds {
  readonly phase: string
  readonly title: string
  readonly needs: readonly string[]
  readonly steps: readonly { readonly step: string; readonly needs: readonly string[] }[]
}

export interface RollBackResult {
  readonly undone: readonly string[]
  readonly leftovers: readonly Leftover[]
  readonly notUndone: readonly { readonly step: string; readonly why: string }[]
}

export interface RunResult {
  readonly state: RunState
  readonly phases: number
  readonly steps: number
  readonly leftovers: readonly Leftover[]
}
