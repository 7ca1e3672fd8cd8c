/** Inputs and results of workflows and activities: plain data. What people see of a run is in status.ts. */
import type {
  Blocked,
  Deletion,
  Evidence,
  HeldPort,
  Inspection,
  Json,
  Leftover,
  Outputs,
} from '../steps/step-kind.ts'
import type { Subscription } from '../fields/subscription.ts'
import type { HoldTally, TaskQueues } from '../host/host.ts'
import type { Approvers, JournalEntry, ResolvedPhase, ResolvedPlan, ResolvedStep } from '../plan/plan.ts'
import type { Previewed } from './previews.ts'
import type { Decision, RetriedStep, RunState, UnreachableHost } from './status.ts'

/** Version 0.1 has the queue `reinstate`: its open runs wait there for a worker of 0.1. */
export const TASK_QUEUE = 'reinstate-2'
/** The beginning of the line on stdout by which a worker says that it polls the queue. */
export const WORKER_READY = 'worker ready'
/** The task queue of version 0.1. Later workers do not poll it. */
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

/** The JSON argument of `runPlan`; `plan` is a shipped plan's name or a path on the worker. */
export interface RunRequest {
  readonly plan: string
  readonly inputs?: Readonly<Record<string, string>>
  /** Who starts the run. A plan that names approvers needs it. Not verified. */
  readonly by?: string
  /** A saved preview: the run is refused if anything differs from it. */
  readonly preview?: Previewed
}

/** Identifies a run to hosts and activities. */
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

/** ` on test host`; empty for a manual step. */
export function onHost(host: string): string {
  return host === '' ? '' : ` on ${host}`
}

/** Input of the workflow `runPhase`. `phase.steps` are the steps still to do. */
export interface PhaseRequest {
  readonly ref: RunRef
  readonly plan: PlanContext
  readonly phase: ResolvedPhase
  readonly attempts: Readonly<Record<string, number>>
  /** By step: the outputs of all steps done so far. */
  readonly outputs: Readonly<Record<string, Outputs>>
  /** Of earlier attempts of this phase, for steps still to do: the first prior state stays. */
  readonly journal: readonly JournalRecord[]
  /** Steps whose apply succeeded and whose verify timed out: their first attempt verifies without applying again. */
  readonly toVerify?: readonly string[]
  /** By step: what people approved. */
  readonly approved?: Readonly<Record<string, Approved>>
  readonly taskQueues?: TaskQueues
}

/** A journal entry with the id of its step, between a run and its phases: both have the step, with its embedded files. */
export type JournalRecord = Omit<JournalEntry, 'phase' | 'step'> & { readonly step: string }

export function journalRecord({ phase: _, step: { step }, ...entry }: JournalEntry): JournalRecord {
  return { ...entry, step }
}

/** What people approved of a step: what they were shown. */
export interface Approved {
  /** What it may delete. */
  readonly deletions?: readonly Deletion[]
  /** Its digest lines, where no other step changes what it finds. */
  readonly lines?: readonly string[]
}

/** What activities need of a plan, apart from the step. */
export type PlanContext = Pick<ResolvedPlan, 'plan' | 'hosts' | 'secrets'>

export interface StepResult {
  readonly step: string
  readonly evidence?: Evidence
  readonly nothingToDo?: string
  readonly outputs: Outputs
  /** ISO times, from the step's first attempt in this phase. */
  readonly took?: { readonly startedAt: string; readonly endedAt: string }
}

export interface PhaseResult {
  readonly done: readonly StepResult[]
  readonly journal: readonly JournalRecord[]
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
  /** Begins with the cause and ends with the advice, where they are known. */
  readonly message: string
  /** The message without the advice, where a root cause is known. */
  readonly happened?: string
  /** The root cause, where the output shows a known one: `the disk is full`. */
  readonly cause?: string
  /** What to do about the cause. */
  readonly advice?: string
  /** False if a retry fails the same way until somebody decides otherwise. */
  readonly retryHelps?: boolean
  /** The port that was taken, where that is why it failed. */
  readonly takenPort?: HeldPort
  readonly attempt: number
  /** ISO time of the failure. */
  readonly at: string
  /** ISO time of the step's beginning. */
  readonly startedAt?: string
}

/** A person's confirmation that a step waits for. */
export interface AttestationRequest {
  readonly phase: string
  readonly step: string
  readonly attempt: number
  readonly title: string
  readonly statement: string
  /** Who may attest; empty: anyone. */
  readonly mayBe: readonly string[]
  readonly withinSeconds: number
  readonly success?: string
  readonly artefact?: { readonly path: string; readonly host: string; readonly sha256: string }
}

/** Input of the activity `verifySignature`. */
export interface SignedStatement {
  /** Whose key it has to be, as allowed_signers names them. */
  readonly signer: string
  readonly statement: string
  /** In base64. */
  readonly signature: string
}

/** What a person answered to an AttestationRequest. */
export interface Attestation {
  readonly subject: string
  readonly isTrue: boolean
  readonly by: string
  /** ISO time. */
  readonly at: string
  readonly reason?: string
}

/** The attestations of a run, with the run's token. */
export interface Attestations {
  readonly token: string
  readonly given: readonly Attestation[]
}

/** What an attestation is about: the step, its attempt, and the sha256 of the file that was shown. Unique in a run. */
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

/** Input of the activity hold. */
export interface HoldRequest extends StepRequest {
  readonly tally: HoldTally
}

/** Input of the activities apply and undo. */
export interface ChangeRequest extends StepRequest {
  readonly priorState: Json
  /** As `inspect` returned it with the prior state. */
  readonly signature: string
}

/** Input of the activity undo. */
export interface UndoRequest extends ChangeRequest {
  /**
   * How many attempts earlier rollbacks of the run may have made; default: 0. A host carries out each attempt once, so a
   * resumed rollback would otherwise read the result of an earlier attempt.
   */
  readonly earlierAttempts?: number
}

/** What an inspection found. */
export type Inspected = Exclude<Inspection<Json>, Blocked> & {
  /** One line: what the step's undo will do, and what it keeps. Absent for a step that cannot be undone. */
  readonly undoes?: string
}

/** What an inspection found. Its prior state carries the version of its shape, and a worker's signature. */
export type InspectResult = Blocked | (Inspected & { readonly signature: string })

/** Input of the workflow `rollbackRun`, which rolls back a closed run. Its workflow id is `<run>/rollback`, then `~2` and so on. */
export interface RollbackRunRequest {
  readonly run: string
  readonly by?: string
  readonly reason?: string
}

/**
 * The note that a run leaves on each of its hosts before its first change. With the journal there it is all that a rollback
 * needs.
 */
export interface RunNote {
  readonly ref: RunRef
  readonly plan: PlanContext & Pick<ResolvedPlan, 'title' | 'stack' | 'hosts'>
  /** Phases in plan order. The needs of phases and of steps determine the order of undos. */
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

/** Input of the workflow `rollback`. Only its approvers may approve a rollback of a finished run. */
export interface RollbackRequest extends RunNote, Partial<Approvers> {
  readonly journal: readonly JournalEntry[]
  readonly reason?: string
  /** The name that the person who started the run typed. */
  readonly startedBy?: string
  /** The downtime of the plan, as far as the run got. */
  readonly downtime?: DowntimeState
  readonly noDowntime?: true
  /** Steps that the run has cleared: they are not in its journal any more. */
  readonly cleared?: readonly string[]
  readonly taskQueues?: TaskQueues
  /** Whom the run notifies: the rollback of a closed run notifies them, too. */
  readonly notify?: readonly Subscription[]
}

/** Input of the workflow `clearPhases`. `journal`: what those phases did. */
export interface ClearRequest extends RollbackRequest {
  /** The phase after which it clears. */
  readonly after: string
  readonly clears: readonly string[]
}

/** The downtime that a plan names, and how far it is. Times are ISO. */
export interface DowntimeState {
  /** The step that takes the site down. */
  readonly from: string
  /** The step after which it answers again. */
  readonly to: string
  /** When `from` began. */
  readonly downSince?: string
  /** When `to` was done. */
  readonly servedSince?: string
}

/** The workflow id of the n-th of several: `<name>`, then `<name>~2` and so on. */
export function numbered(name: string, number: number): string {
  return number === 1 ? name : `${name}~${number}`
}

/** The workflow id of a run's n-th rollback. */
export function rollbackId(run: string, number: number): string {
  return numbered(`${run}/rollback`, number)
}

/** By step: when its apply began and when it was done, in ISO. */
export type StepTimes = Readonly<Record<string, { readonly startedAt?: string; readonly endedAt?: string }>>

/** When the steps of the downtime began and were done, as far as it is known. */
export function downtimeState(
  downtime: ResolvedPlan['downtime'],
  times: {
    readonly begun: (step: string) => string | undefined
    readonly done: (step: string) => string | undefined
  },
): DowntimeState | undefined {
  if (!downtime) return undefined
  const { from, to } = downtime
  const downSince = times.begun(from)
  const servedSince = times.done(to)
  return { from, to, ...(downSince && { downSince }), ...(servedSince && { servedSince }) }
}

/** What a phase or a rollback shows that concerns its whole run. */
export interface ChildNotices {
  readonly decisions: readonly Decision[]
  /** Of the steps that the run asked about. */
  readonly times: StepTimes
  readonly unreachable: readonly UnreachableHost[]
  /** Absent in what earlier workers wrote. */
  readonly retried?: readonly RetriedStep[]
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
  readonly notUndone: readonly NotUndone[]
}

/** A step that people left as it was, after its undo had failed. */
export interface NotUndone {
  readonly step: string
  readonly why: string
  readonly by?: string
  /** How many undos were attempted. */
  readonly attempts?: number
}

export interface RunResult {
  readonly state: RunState
  readonly phases: number
  readonly steps: number
  readonly leftovers: readonly Leftover[]
}
