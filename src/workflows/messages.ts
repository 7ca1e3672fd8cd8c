/** What goes into, between and out of the workflows: plain data. What people see of a run is in status.ts. */
import type { Blocked, Deletion, Evidence, Inspection, Json, Leftover, Outputs } from '../steps/step-kind.ts'
import type { JournalEntry, ResolvedPhase, ResolvedPlan, ResolvedStep } from '../plan/plan.ts'
import type { Previewed } from './previews.ts'
import type { RunState } from './status.ts'

/** Version 0.1 has the queue `reinstate`: its open runs wait there for a worker of 0.1. */
export const TASK_QUEUE = 'reinstate-2'
/** The queue of version 0.1, whose runs no later worker carries out. */
export const TASK_QUEUE_OF_0_1 = 'reinstate'

/**
 * The key under which a step's outputs carry the signature of the worker that verified the step
 * (src/activities/authority.ts). No kind can declare an output of this name.
 */
export const OUTPUTS_SIGNATURE = '#signature'

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

/** ` on test host`; nothing for a step of a person or of the clock. */
export function onHost(host: string): string {
  return host === '' ? '' : ` on ${host}`
}

/** Input of the workflow `runPhase`. `phase.steps` are those still to do. */
export interface PhaseRequest {
  readonly ref: RunRef
  readonly plan: PlanContext
  readonly phase: ResolvedPhase
  readonly attempts: Readonly<Record<string, number>>
  /** Outputs of every step that is done so far. */
  readonly outputs: Readonly<Record<string, Outputs>>
  /** Entries of earlier tries of this phase: the first prior state stays. */
  readonly journal: readonly JournalEntry[]
  /** Steps whose apply succeeded and whose verify timed out: their first attempt is to verify, not to apply again. */
  readonly toVerify?: readonly string[]
  /** By step: to what people's approval holds it. */
  readonly approved?: Readonly<Record<string, Approved>>
  /** The run that is told of a failure at once. */
  readonly parent: string
}

/** What people have approved of a step, by what they were shown. */
export interface Approved {
  /** What it may take away. */
  readonly deletions?: readonly Deletion[]
  /** Its digestLines lines, where no other step changes what it finds. */
  readonly lines?: readonly string[]
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
  /** The error's name: CommandFailed, OutcomeUnknown …; or InspectTimedOut, VerifyTimedOut, Timeout (of apply). */
  readonly type: string
  readonly message: string
  readonly attempt: number
  readonly at: string
}

/** From a phase to its run: a step needs somebody's word. It is sent again until that word comes. */
export interface AttestationRequest {
  /** The phase's workflow, where the word is to be sent. */
  readonly workflowId: string
  readonly phase: string
  readonly step: string
  readonly attempt: number
  readonly title: string
  readonly statement: string
  readonly mayBe: readonly string[]
  readonly withinSeconds: number
  readonly success?: string
  readonly artefact?: { readonly path: string; readonly host: string; readonly sha256: string }
}

/** From the run to the phase. */
export interface Attestation {
  readonly about: string
  readonly isSo: boolean
  readonly by: string
  readonly at: string
  readonly reason?: string
}

/** What a word is about: the step, its try, and the file as it was shown. */
export function attestationSubject({
  step,
  attempt,
  artefact,
}: Pick<AttestationRequest, 'step' | 'attempt' | 'artefact'>): string {
  return [`${step}~${attempt}`, ...(artefact ? [artefact.sha256] : [])].join(' ')
}

/** Input of the activities inspect, apply, verify and undo. */
export interface StepRequest {
  readonly ref: RunRef
  readonly plan: PlanContext
  readonly phase: string
  readonly step: ResolvedStep
  readonly attempt: number
  readonly outputs: Readonly<Record<string, Outputs>>
}

/** Input of the activities apply and undo. */
export interface ChangeRequest extends StepRequest {
  readonly priorState: Json
  /** As `inspect` gave it with the prior state. */
  readonly signature: string
}

/** What an inspection found. Its prior state carries the version of its shape, and a worker's signature. */
export type InspectResult = Blocked | (Exclude<Inspection<Json>, Blocked> & { readonly signature: string })

/** Input of the workflow `rollbackRun`, which undoes a run that is closed. */
export interface RollbackRunRequest {
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
  /** A worker's signature over all of this; `resolvePlan` gives it with the plan. */
  readonly signature?: string
}

/** The note of a run of this plan. */
export function noteOf(ref: RunRef, resolved: ResolvedPlan): RunNote {
  const { plan, title, stack, hosts, secrets, phases, signature } = resolved
  return {
    ref,
    plan: { plan, title, stack, hosts, ...(secrets ? { secrets } : {}) },
    phases: phases.map(({ phase, title: phaseTitle, needs, steps }) => ({
      phase,
      title: phaseTitle,
      needs,
      steps: steps.map(({ step, needs: stepNeeds }) => ({ step, needs: stepNeeds })),
    })),
    ...(signature === undefined ? {} : { signature }),
  }
}

/** Input of the workflow `rollback`. */
export interface RollbackRequest extends RunNote {
  readonly journal: readonly JournalEntry[]
  readonly reason?: string
}

export interface PhaseNeeds {
  readonly phase: string
  readonly title: string
  readonly needs: readonly string[]
  readonly steps: readonly { readonly step: string; readonly needs: readonly string[] }[]
}

export interface RollbackResult {
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
