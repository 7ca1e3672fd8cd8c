import type { HostFacts } from '../host/host.ts'
import type { ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import type { Json, Leftover, Outputs, Verified } from '../steps/step-kind.ts'
import type {
  Attestation,
  AttestationRequest,
  InspectResult,
  PlanContext,
  RollbackRequest,
  RunNote,
  RunRef,
  RunRequest,
  StepRequest,
} from '../workflows/messages.ts'
import type { HostIdentity, StepsPreview, PlanFacts } from '../workflows/previews.ts'

/** A lock as workflows and hosts know it: one run at a time on one stack of one host. */
export interface Lock {
  readonly host: string
  readonly stack: string
}

/** Everything that workflows ask workers to do. Four of them serve all kinds of steps. */
export interface Activities {
  /** Looks; changes nothing. @throws StepRefused; never retried. */
  inspect(request: StepRequest): Promise<InspectResult>
  /** Makes the change. `priorState` is in history by then. @throws CommandFailed, OutcomeUnknown, NotStarted; never retried. */
  apply(request: StepRequest & { readonly priorState: Json }): Promise<void>
  /** Proves the change and gives the step's outputs. @throws StepNotVerified; never retried. */
  verify(request: StepRequest): Promise<Verified>
  /** Puts back the prior state; says what it left. `attempt` counts the tries of the undo. */
  undo(request: StepRequest & { readonly priorState: Json }): Promise<readonly Leftover[]>

  /** Reads, checks and resolves the plan. @throws PlanRefused, SecretMissing; never retried. */
  resolvePlan(request: RunRequest & { readonly ref: RunRef }): Promise<ResolvedPlan>
  /** Finds what a host lacks, before the first change. @throws HostNotReady and its kin; never retried here. */
  checkHost(request: { readonly ref: RunRef; readonly host: string }): Promise<HostFacts>
  /** Looks at every step of these phases, also at those that wait for others; throws for none of them. */
  previewSteps(request: {
    readonly ref: RunRef
    readonly plan: PlanContext
    readonly phases: readonly ResolvedPhase[]
    readonly outputs: Readonly<Record<string, Outputs>>
    /** Also carries out what audits, which may read whole backups. */
    readonly audit?: boolean
  }): Promise<StepsPreview>
  /** What a plan says and which machines it means, without asking one of them. */
  identify(request: {
    readonly plan: ResolvedPlan
  }): Promise<{ readonly plan: PlanFacts; readonly hosts: readonly HostIdentity[] }>

  /** Who holds a lock in this Temporal; undefined where nobody does. */
  lockHolder(lock: Lock): Promise<RunRef | undefined>
  /** Ends when the lock is free. */
  lockFree(lock: Lock): Promise<void>
  /**
   * Takes the lock on the host itself, against other Temporal clusters, and notes the run there for a rollback without
   * any Temporal. @returns the run of this cluster that holds it and is still open; undefined once the lock is taken.
   * @throws LockHeld where another cluster or a person holds it; never retried.
   */
  takeHostLock(request: Lock & { readonly ref: RunRef; readonly note: RunNote }): Promise<RunRef | undefined>
  /** Gives it back, if it is this run's. */
  releaseHostLock(request: Lock & { readonly ref: RunRef }): Promise<void>
  /** Ends when the run and all workflows that belong to it are closed. */
  runClosed(ref: RunRef): Promise<void>

  /** The token of the run that started a workflow of this type; undefined where no run did. */
  ownerOf(request: { readonly workflowId: string; readonly type: string }): Promise<string | undefined>
  /** Sixteen hexadecimal characters of the sha256 over a JSON value. */
  digest(value: unknown): Promise<string>
  /** Waits until a phase waits for attestations other than `known` (their subjects). Ends by cancellation only. */
  attestationRequests(request: {
    readonly workflowId: string
    readonly known: readonly string[]
  }): Promise<readonly AttestationRequest[]>
  /** Waits until people have given this attestation in its run. Ends by cancellation only. */
  attestation(request: { readonly ref: RunRef; readonly request: AttestationRequest }): Promise<Attestation>

  /** Waits for a workflow that is already started; a cancel is passed on to it. @throws what it failed with, as it is. */
  join(request: { readonly workflowId: string }): Promise<unknown>
  /** Gathers from a run's history what a rollback needs. @throws RunUnknown; never retried. */
  readRun(request: { readonly run: string }): Promise<RollbackRequest>
}
