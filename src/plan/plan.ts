/** The data that a plan becomes. The terms are defined in src/cli/explanations/glossary.ts. */
import type { Subscription } from '../fields/subscription.ts'
import type { TaskQueues } from '../host/host.ts'
import type { DoneBy, HeldPort, Json, JsonObject } from '../steps/step-kind.ts'

/** A plan with everything written out: plain JSON for workflows, which never load a kind or a file. */
export interface ResolvedPlan {
  /** sha256 over the resolved plan and its files. Set by the worker that resolves it for a run. */
  readonly hash?: string
  /** Set likewise; absent in a run that an older worker began. */
  readonly revision?: PlanRevision
  readonly plan: string
  readonly title: string
  readonly stack: string
  readonly hosts: readonly string[]
  /** Of these hosts, those with their own task queue in the inventory. Set by the worker that resolves it for a run. */
  readonly taskQueues?: TaskQueues
  readonly inputs: Readonly<Record<string, string>>
  readonly secrets?: SecretSource
  /** Visitors get no answer from the start of one step to the end of the other, which comes after it; phases may differ. */
  readonly downtime?: { readonly from: string; readonly to: string }
  /** The plan says that visitors get answers all the time. Absent also where it says nothing. */
  readonly noDowntime?: true
  /** Who may skip, mark done, roll back and answer a cancel. Default: the approvers of gates (src/workflows/progress.ts). */
  readonly guardedBy?: Approvers
  /** Whom runs notify. The worker that resolves the plan adds what its notify.yaml says of every run. */
  readonly notify?: readonly Subscription[]
  readonly phases: readonly ResolvedPhase[]
  /** A worker's signature over the note of the run (src/activities/authority.ts); absent in a plan that was only checked. */
  readonly signature?: string
}

/** Which state of a plan's files a run runs. */
export interface PlanRevision {
  /** The plan as the run was asked for it: its name, or a path on the worker. */
  readonly of: string
  /** One sum over the plan's file and every file that it reads; inputs change nothing. */
  readonly sha256: string
  /** The commit that git has checked out in the plan's folder. */
  readonly commit?: string
  /** Whether these files differ from that commit. */
  readonly changed?: true
  /** Temporal's identity of the worker that read them, such as `12@worker-1`. */
  readonly worker: string
}

/** Where a plan's secrets are, on the worker. Holds names, never values. */
export interface SecretSource {
  /** Absolute path of an env file on the worker. */
  readonly file: string
  readonly require: readonly string[]
  /** The step that writes the file. Without one, the file must exist when the run starts. */
  readonly madeBy?: string
}

export interface ResolvedPhase {
  readonly phase: string
  readonly title: string
  /** Ids of phases of this plan. */
  readonly needs: readonly string[]
  readonly gate?: ResolvedGate
  /** What happens when a step has failed for good: a person is asked, or the run rolls back. */
  readonly onFailure: 'ask' | 'rollback'
  /** Ids of phases whose changes are undone once this phase is done: itself, or phases before it. */
  readonly clears?: readonly string[]
  /** Only in a plan with `concurrency`. Default: 20 steps of each phase. */
  readonly atOnce?: AtOnce
  readonly steps: readonly ResolvedStep[]
}

/** How many steps of a phase run at once: in all, and by host. Steps that wait for people or the clock do not count. */
export interface AtOnce {
  readonly steps: number
  readonly hosts: Readonly<Record<string, number>>
}

/** Who may give the answers that need an approver. */
export interface Approvers {
  /** Their names; empty means anyone. A name is unverified unless the answer is signed. */
  readonly approvers: readonly string[]
  /** Only answers that they sign with a key of theirs in allowed_signers count. */
  readonly signed?: true
  /** How many of them have to agree. Default: 1. */
  readonly quorum?: number
}

export interface ResolvedGate extends Approvers {
  /** Shown to the person who decides. */
  readonly note?: string
  readonly criteria?: readonly Criterion[]
  readonly withinSeconds: number
  readonly otherwise: 'ask-again' | 'reject' | 'stop'
  /** The run holds no lock while this gate waits. */
  readonly unlocked?: true
}

/** A condition of an approval, with the steps of earlier phases whose evidence shows that it is met. */
export interface Criterion {
  readonly says: string
  readonly by: readonly string[]
}

export interface ResolvedStep {
  /** Unique in the plan. */
  readonly step: string
  /** One line, from the plan or from the kind's `describe`. */
  readonly title: string
  readonly kind: string
  /** Empty for a step that runs on no host. */
  readonly host: string
  /** Only for a step that runs on no host: the run asks a person, or waits. */
  readonly doneBy?: DoneBy
  readonly role?: string
  /** The row, or the rows, of the source document that this step covers. */
  readonly source?: string | readonly string[]
  readonly success?: string
  /** Ids of steps of the same phase. */
  readonly needs: readonly string[]
  /** The kind's fields. Lookups of outputs and secrets are still `${{ … }}`; the activity fills them in. */
  readonly fields: JsonObject
  readonly timeoutSeconds: number
  readonly maxAttempts: number
  readonly backoffSeconds: number
  /** May be applied again automatically when its outcome is unknown and verify fails. */
  readonly idempotent: boolean
  /** Only of a check: it is verified again and again. */
  readonly hold?: ResolvedHold
  /** Why it cannot be undone; absent where it can. */
  readonly cannotUndo?: string
  /** A worker's signature over the step and its run (src/activities/authority.ts); absent in a plan that was only checked. */
  readonly signature?: string
}

export interface ResolvedHold {
  readonly forSeconds: number
  readonly everySeconds: number
  /** How many verifications may fail. */
  readonly tolerate: number
}

/** An embedded file: it replaces its name in a step's fields. */
export interface PlanFile {
  readonly name: string
  readonly sha256: string
  /** gzip, then base64. */
  readonly gzip: string
}

/** What may have to be undone. `priorState` is that of the first inspection, also after a retry. */
export interface JournalEntry {
  readonly phase: string
  readonly step: ResolvedStep
  readonly priorState: Json
  /** One line: what its undo will do, and what it keeps. Absent where the step cannot be undone. */
  readonly undoes?: string
  /** The ports that its undo publishes again. Absent where it publishes none, and in journals of older workers. */
  readonly undoPorts?: readonly HeldPort[]
  /** A worker's signature over the prior state (src/activities/authority.ts). */
  readonly signature: string
  /** How many undos a clear attempted before people left the step as it was. Default: 0. */
  readonly undoAttempts?: number
  /** The outputs of earlier steps that this step's fields name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>
}
