import type { HoldTally, HostFacts } from '../host/host.ts'
import type { PlanRevision, ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import type { Leftover, Outputs, Verified } from '../steps/step-kind.ts'
import type {
  Attestation,
  AttestationRequest,
  ChangeRequest,
  ChildNotices,
  HoldRequest,
  InspectResult,
  PlanContext,
  RollbackRequest,
  RunNote,
  RunRef,
  RunRequest,
  SignedStatement,
  StepRequest,
  UndoRequest,
} from '../workflows/messages.ts'
import type { Notice, RunNews } from '../workflows/notices.ts'
import type { HostIdentity, StepPreview, StepsPreview, PlanFacts } from '../workflows/previews.ts'

/** The files and inputs of a run. */
export interface BeganWith {
  readonly revision: PlanRevision
  readonly inputs: ResolvedPlan['inputs']
}

/** A lock: one run at a time on one stack of one host. */
export interface Lock {
  readonly host: string
  readonly stack: string
}

/** The run that holds a lock; one of version 0.1 has no token. */
export type LockHolder =
  | (RunRef & { readonly version?: undefined })
  | { readonly run: string; readonly token?: undefined; readonly version: '0.1' }

/** A run that has held a lock. Times are ISO. */
export interface OtherHolder {
  readonly run: string
  readonly plan: string
  readonly from: string
  /** Absent where Temporal does not say yet. */
  readonly to?: string
}

/** The activities of a worker. Five of them serve all kinds of steps. */
export interface Activities {
  /** Reads the current state; changes nothing. @throws StepRefused; never retried. */
  inspect(request: StepRequest): Promise<InspectResult>
  /** Makes the change. `priorState` is in the history before the call. @throws CommandFailed, OutcomeUnknown, NotStarted; never retried. */
  apply(request: ChangeRequest): Promise<void>
  /** Proves the change and returns the step's outputs. @throws StepNotVerified; never retried. */
  verify(request: StepRequest): Promise<Verified>
  /**
   * Verifies a step with `hold` again and again, for at most six hours, and returns the tally so far. @throws StepNotVerified
   * once more verifications have failed than are tolerated; never retried.
   */
  hold(request: HoldRequest): Promise<HoldTally>
  /** Restores the prior state and returns what it left behind. `attempt` counts undos of this step. */
  undo(request: UndoRequest): Promise<readonly Leftover[]>

  /** Reads, checks and resolves the plan. @throws PlanRefused, SecretMissing; never retried. */
  resolvePlan(request: RunRequest & { readonly ref: RunRef }): Promise<ResolvedPlan>
  /** Checks a host before the first change. @throws HostNotReady, HostUnreachable, HostKeyUnknown, HostKeyMismatch; never retried here. */
  checkHost(request: { readonly ref: RunRef; readonly host: string }): Promise<HostFacts>
  /** Inspects every step of these phases, blocked ones included. A step that would be refused does not throw. */
  previewSteps(request: {
    readonly ref: RunRef
    readonly plan: PlanContext
    readonly phases: readonly ResolvedPhase[]
    readonly outputs: Readonly<Record<string, Outputs>>
    /** Runs the audits too, which may read whole backups. Default: false. */
    readonly audit?: boolean
    /** Inspects and returns only the steps on these hosts. */
    readonly only?: readonly string[]
    /** What other workers have inspected: it is not inspected again. */
    readonly elsewhere?: readonly StepPreview[]
    /** The plan as the run began with it. The result says so if this worker reads another revision now. */
    readonly began?: BeganWith
  }): Promise<StepsPreview>
  /** Returns the facts of a plan and the identities of its hosts; connects to no host. */
  identify(request: {
    readonly plan: ResolvedPlan
  }): Promise<{ readonly plan: PlanFacts; readonly hosts: readonly HostIdentity[] }>

  /**
   * The holder of a lock in this Temporal; undefined if the lock is free. With `ref`, the run that asks: waits while a lock of
   * that very run is being released, because it holds nothing any more.
   */
  lockHolder(lock: Lock & { readonly ref?: RunRef }): Promise<LockHolder | undefined>
  /** Returns once the lock is free. */
  lockFree(lock: Lock): Promise<void>
  /**
   * Takes the lock on the host itself, against other Temporal clusters, and notes the run there for a rollback without
   * any Temporal. @returns the run of this cluster that holds it, is still open and has not given it back; undefined once the
   * lock is taken.
   * @throws LockHeld where another cluster or a person holds it; never retried.
   */
  takeHostLock(request: Lock & { readonly ref: RunRef; readonly note: RunNote }): Promise<RunRef | undefined>
  /** Releases the lock on the host if this run holds it. */
  releaseHostLock(request: Lock & { readonly ref: RunRef }): Promise<void>
  /**
   * Returns once the run and all workflows that belong to it are closed. With `lock`, the id of one: also once the run has
   * given that lock back and no other workflow of it is open.
   */
  runClosed(ref: RunRef & { readonly lock?: string }): Promise<void>
  /** The same for the run that `takeHostLock` returned. */
  holderClosed(ref: RunRef & { readonly lock: string }): Promise<void>
  /** Returns once this run does not hold the lock in this Temporal. */
  lockReleased(request: Lock & { readonly ref: RunRef }): Promise<void>
  /** Other runs of this Temporal that have held the lock since an ISO time; without those that have changed nothing. */
  otherHolders(
    request: Lock & { readonly ref: RunRef; readonly since: string },
  ): Promise<readonly OtherHolder[]>

  /** The token of the run that started a workflow of this type; undefined where no run did. */
  ownerOf(request: { readonly workflowId: string; readonly type: string }): Promise<string | undefined>
  /** Sixteen hexadecimal characters of the sha256 over a JSON value. */
  digest(value: unknown): Promise<string>
  /** Verifies an SSH signature against the allowed_signers file of the worker. @returns the key's fingerprint, or why not */
  verifySignature(signed: SignedStatement): Promise<{ readonly key: string } | { readonly refused: string }>
  /** Waits until a phase waits for attestations other than `known` (their subjects). Only a cancellation ends it early. */
  attestationRequests(request: {
    readonly workflowId: string
    readonly known: readonly string[]
  }): Promise<readonly AttestationRequest[]>
  /** Waits until people have given this attestation in its run. Only a cancellation ends it early. */
  attestation(request: { readonly ref: RunRef; readonly request: AttestationRequest }): Promise<Attestation>

  /**
   * Waits until a child of the run shows something other than `known`; times of `steps` only. Only a cancellation ends it
   * early.
   */
  childNotices(request: {
    readonly workflowId: string
    readonly steps: readonly string[]
    readonly known: ChildNotices
  }): Promise<ChildNotices>

  /**
   * Waits until a run shows something other than `known`. `runId`: of its workflow when the notifier began. Only a
   * cancellation ends it early. @throws RunUnknown where Temporal has deleted the run
   */
  runNews(request: {
    readonly ref: RunRef
    readonly runId: string
    readonly known: RunNews
  }): Promise<RunNews>
  /** Sends a notification once. @returns what the receiver answered. @throws NotDelivered; retried */
  deliver(request: {
    readonly ref: RunRef
    readonly channel: string
    readonly notice: Notice
  }): Promise<string>

  /**
   * Waits for a workflow that is already started; passes a cancel on to it. @throws the failure of that workflow,
   * unchanged.
   */
  join(request: { readonly workflowId: string }): Promise<unknown>
  /** Gathers from a run's history what a rollback needs. @throws RunUnknown; never retried. */
  readRun(request: { readonly run: string }): Promise<RollbackRequest>
}
