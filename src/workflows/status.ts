/** What a run shows people, what it asks them, and what they answer: plain data. */
import type { TaskQueues } from '../host/host.ts'
import type { Evidence, Json, Leftover } from '../steps/step-kind.ts'
import type { Approvers, Criterion as PlannedCriterion, PlanRevision, ResolvedStep } from '../plan/plan.ts'
import type { RunState } from './run-states.ts'

export type { RunState } from './run-states.ts'

export type Choice = 'approve' | 'reject' | 'retry' | 'skip' | 'rollback' | 'stop' | 'mark-done'

export const DECISION_KINDS = [
  'gate',
  'attest',
  'failed-step',
  'unknown-outcome',
  'cancelled',
  'rollback',
  'failed-undo',
  'lock',
] as const

/** A question that a run asks people, with the effect of each answer. */
export interface Decision extends Approvers {
  /** Unique in the run: `gate/cutover`, `attest/orders-placed~1`, `failed/database~2`. */
  readonly decision: string
  readonly kind: (typeof DECISION_KINDS)[number]
  readonly title: string
  readonly phase: string
  readonly step?: string
  readonly host?: string
  /** ISO time. */
  readonly since: string
  /** `guarded`: only approvers may answer this, and they name the digest. */
  readonly choices: readonly {
    readonly choice: Choice
    readonly does: string
    readonly guarded?: true
    /** The answer has to say why. */
    readonly needsReason?: true
  }[]
  /** Of a gate with a checklist. */
  readonly criteria?: readonly Criterion[]
  /** What happened, in one sentence, the cause first. */
  readonly happened: string
  /**
   * Whether visitors are without an answer, and since when; while the site is down, what follows where the approvers are away;
   * which changes of data a rollback cannot put back. Sentences.
   */
  readonly impact: readonly string[]
  /** The recommended answer, and what to do first. Without a choice if only a person can find out which is right. */
  readonly advice: { readonly choice?: Choice; readonly text: string }
  /** What a rollback would undo and what would stay, one line for each step, newest first. */
  readonly undoes?: readonly string[]
  /** All else that a person may want to know: the failure's output, what a gate opens, what is proven. Markdown lines. */
  readonly shows: readonly string[]
  /** The votes so far, if the decision has a quorum. */
  readonly collected?: readonly Vote[]
  /** The first run id of the workflow that asks. A signature contains it. */
  readonly token?: string
  /** Sixteen hexadecimal characters over all that is shown; an approval must name them. */
  readonly digest?: string
  /** At an unlocked gate: the ISO time since which the run holds no lock. It takes them again before it changes anything. */
  readonly unlockedSince?: string
  /** Of a rollback that waits for a lock: the run that holds it. */
  readonly lockedBy?: string
  readonly expires?: string
  /** What happens at that time. Absent: it asks again. */
  readonly otherwise?: string
  readonly timesAsked: number
}

/** One line of a gate's checklist, as strong as the weakest of its steps. */
export interface Criterion {
  readonly says: string
  readonly strength: Evidence['strength'] | 'not proven'
  readonly by: readonly {
    readonly step: string
    readonly strength: Criterion['strength']
    /** The evidence; of a step that people passed over, who did so. */
    readonly summary: string
  }[]
}

/** A person's answer to a decision that several people have to give. */
export interface Vote {
  readonly choice: Choice
  readonly by: string
  /** ISO time. */
  readonly at: string
  /** As in RecordedAnswer. */
  readonly key?: string
}

/** What a person sends, by update `decide` or signal `decide`. */
export interface DecisionAnswer {
  readonly decision: string
  readonly choice: Choice
  readonly by: string
  readonly digest?: string
  readonly reason?: string
  /** ISO time at which it was signed. */
  readonly signedAt?: string
  /** An SSH signature (signed-answer.ts) in base64, as `reinstate sign` prints it. */
  readonly signature?: string
}

/** An answer, and whether the run accepted it. */
export interface RecordedAnswer {
  readonly at: string
  readonly via: 'update' | 'signal' | 'timeout'
  readonly answer: Json
  readonly taken: boolean
  readonly why?: string
  /** Fingerprint of the key that signed it, SHA256:…; without it, the name in the answer is unverified. */
  readonly key?: string
  /**
   * With a quorum: the number of equal answers, this one included. The decision stays open while `have` is less than `of`.
   */
  readonly counts?: { readonly have: number; readonly of: number }
  /** The decision that it answers; absent if it was not accepted. */
  readonly asked?: Pick<Decision, 'kind' | 'title' | 'phase' | 'since'>
}

/** An open decision in the run's memo. */
export type OpenQuestion = Omit<Decision, 'shows' | 'undoes' | 'criteria'>

/**
 * What a run writes into its memo whenever it asks or accepts an answer. Lists and histories carry the memo, so both can be
 * read without a worker.
 */
export interface QuestionsMemo {
  readonly decisions: readonly OpenQuestion[]
  /** The answer that was accepted last; an expiry counts as one. */
  readonly answer?: RecordedAnswer
}

/** `interrupted`, `not-begun`: only after the end of the run, which the step did not live to see. */
export type StepState =
  | 'waiting'
  | 'inspecting'
  | 'applying'
  | 'running'
  | 'verifying'
  | 'holding'
  | 'done'
  | 'skipped'
  | 'marked-done'
  | 'failed'
  | 'undone'
  | 'cleared'
  | 'interrupted'
  | 'not-begun'

/** A step of a plan, as it is shown to people. */
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
  /** For a manual step: the person or the time that it waits for. For a step that is held: how far it is. */
  readonly waitsFor?: string
  readonly nothingToDo?: string
  readonly evidence?: Evidence
  readonly failure?: string
  /** After a failed attempt: the next one, the last one that the plan allows, and the ISO time at which the next begins. */
  readonly nextAttempt?: { readonly attempt: number; readonly last: number; readonly at: string }
}

/** The answer to the query `status` of a phase. */
export interface PhaseStatus {
  readonly phase: string
  readonly steps: readonly StepStatus[]
}

/** A step that failed and is attempted again without people. */
export type RetriedStep = Required<Pick<StepStatus, 'title' | 'host' | 'attempt' | 'failure' | 'nextAttempt'>>

/** A host that does not answer while a step needs it. Temporal retries the step's activity meanwhile. */
export interface UnreachableHost {
  readonly host: string
  /** Why the last attempt failed; names the host. */
  readonly failure: string
  /** ISO time at which this was noticed. */
  readonly since: string
  /** ISO time at which people are asked what to do. */
  readonly until: string
}

/** The clear after a phase: the run undoes what some phases did, once they have served. */
export interface PhaseClear {
  /** Absent where those phases had changed nothing. */
  readonly workflowId?: string
  /** The titles of the phases. */
  readonly phases: readonly string[]
  /** How many steps were undone, in which time, and what was left; absent before its end. */
  readonly undone?: number
  readonly seconds?: number
  readonly left?: readonly string[]
}

/** The answer to the query `status` of a run, a rollback or a clear. */
export interface RunStatus {
  readonly run: string
  readonly plan: string
  readonly title: string
  /** The name that the person who started it typed; not verified. */
  readonly by?: string
  readonly state: RunState
  readonly since: string
  /** What it waits for, or why it ended: one sentence. */
  readonly detail?: string
  /** Whether visitors are without an answer now, in one sentence. */
  readonly visitors?: string
  /** Of a run that ended and can be rolled back: what a rollback would do, one line for each step. */
  readonly undoes?: readonly string[]
  /** Hosts that do not answer now. */
  readonly unreachable?: readonly UnreachableHost[]
  /** Steps that wait for their next attempt. */
  readonly retried?: readonly RetriedStep[]
  readonly hosts: readonly string[]
  readonly taskQueues?: TaskQueues
  /** The state of the plan's files that it runs. Absent before they are read, and in runs of older workers. */
  readonly revision?: PlanRevision
  readonly phases: readonly {
    readonly phase: string
    readonly title: string
    /**
     * `not-begun`: its gate was rejected, stopped or expired. `cleared`: the plan had the run undo what it did, and the run
     * went on. `interrupted`: the run ended while the phase was running.
     */
    readonly state:
      | ('waiting' | 'gate' | 'running' | 'done' | 'failed' | 'undone' | 'clearing' | 'cleared')
      | ('not-begun' | 'interrupted')
    /** What this phase clears, once that has begun. */
    readonly clear?: PhaseClear
    /** The workflow of its last attempt; absent before it starts. */
    readonly workflowId?: string
    /** What its gate lists, with the steps that show it. */
    readonly criteria?: readonly PlannedCriterion[]
    readonly steps: readonly StepOutline[]
  }[]
  readonly decisions: readonly Decision[]
  /** Every accepted answer, and the first 100 of the others. */
  readonly answers: readonly RecordedAnswer[]
  /** How many further answers were ignored and are not in `answers`. */
  readonly ignoredMore?: number
  readonly leftovers: readonly Leftover[]
  /** Of a rollback: the steps that it has undone so far. */
  readonly undone?: readonly string[]
  /** The downtime that the plan names: forecast at the gate, measured once it is over. */
  readonly downtime?: {
    readonly from: string
    readonly to: string
    readonly forecastSeconds?: number
    readonly seconds?: number
  }
}
