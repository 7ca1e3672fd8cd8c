/** What a run tells people, what it asks them, and what they answer: plain data. */
import type { Evidence, Json, Leftover } from '../steps/step-kind.ts'
import type { ResolvedStep } from '../plan/plan.ts'

/** What a run is at, in one word; also the search attribute. */
export type RunState =
  | 'resolving'
  | 'waiting-for-lock'
  | 'previewing'
  | 'running'
  | 'waiting-for-decision'
  | 'rolling-back'
  | 'done'
  | 'rolled-back'
  | 'stopped'
  | 'refused'
  | 'failed'

export type Choice = 'approve' | 'reject' | 'retry' | 'skip' | 'rollback' | 'stop' | 'mark-done'

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
  readonly digest?: string
  readonly expires?: string
  readonly otherwise?: string
  readonly timesAsked: number
}

/** What a person sends, by update `decide` or signal `decide`. */
export interface DecisionAnswer {
  readonly decision: string
  readonly choice: Choice
  readonly by: string
  readonly digest?: string
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

/** A question as it stands in the run's memo. */
export type OpenQuestion = Omit<Decision, 'host' | 'shows' | 'approvers' | 'choices'> & {
  readonly choices: readonly Choice[]
}

/**
 * What a run writes into its memo whenever it asks, or is answered. Lists and histories carry the memo, so that neither needs a
 * worker to be read.
 */
export interface QuestionsMemo {
  readonly decisions: readonly OpenQuestion[]
  /** The answer that has just been taken; a timeout is one too. */
  readonly answer?: RecordedAnswer
}

export type StepState =
  'waiting' | 'inspecting' | 'applying' | 'running' | 'verifying' | 'done' | 'skipped' | 'failed' | 'undone'

/** A step of a plan, as people are told of it. */
export type StepOutline = Pick<ResolvedStep, 'step' | 'title' | 'host' | 'role' | 'source' | 'success'> &
  Partial<Pick<ResolvedStep, 'kind'>>

export interface StepStatus {
  readonly step: string
  readonly title: string
  readonly host: string
  readonly state: StepState
  readonly attempt: number
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
