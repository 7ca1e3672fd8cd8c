/**
 * The words of this project, and the data that a plan becomes.
 *
 * plan      a YAML file and the files beside it: what shall be true at the end, in phases
 * phase     a stretch of a plan, one Temporal workflow; it may stand behind a gate
 * step      one thing done; its `kind` says what. On a host, or by a person (`attest`) or the clock (`wait`)
 * role      who answers for a step: a label in logs and reports
 * host      a machine named in the plan; the inventory gives it an address, user, key and pinned host key
 * stack     what a plan restores; two runs on the same stack of a host wait for each other
 * gate      a decision that a person takes before a phase
 * decision  any question that a run asks people: a gate, a failed step, an unknown outcome
 * digest      a short hash over what a gate shows; an approval names it, so it approves what was seen
 * journal   what may have to be undone: { step, priorState }, written before each change
 * saved original  the old bytes of something changed, kept on the host beside the receipts
 * leftover  what a rollback did not put back, and why
 * receipt   the record on the host of one command: script, output, exit code
 * evidence  what a verify saw: sums, row counts, status codes
 * run       one execution of a plan; rollback: everything a run did, undone newest first
 * attempt   the n-th execution of a step; Temporal counts its own activity attempts below it
 */
import type { DoneBy, Json, JsonObject } from '../steps/step-kind.ts'

/** A plan in which everything is written out: data for workflows, which never see a kind or a file. */
export interface ResolvedPlan {
  /** sha256 over the resolved plan and its files. Set by the worker that resolves it for a run. */
  readonly hash?: string
  readonly plan: string
  readonly title: string
  readonly stack: string
  readonly hosts: readonly string[]
  readonly inputs: Readonly<Record<string, string>>
  readonly secrets?: SecretSource
  /** From the beginning of the one step to the end of the other visitors get nothing; both are of one phase. */
  readonly downtime?: { readonly from: string; readonly to: string }
  readonly phases: readonly ResolvedPhase[]
}

/** Where a plan's secrets are, on the worker. Names only. */
export interface SecretSource {
  /** Absolute path of an env file on the worker. */
  readonly file: string
  readonly require: readonly string[]
  /** The step that writes the file; without one it must be there when the run starts. */
  readonly madeBy?: string
}

export interface ResolvedPhase {
  readonly phase: string
  readonly title: string
  /** Ids of phases of this plan. */
  readonly needs: readonly string[]
  readonly gate?: ResolvedGate
  /** What happens when a step fails for good: people are asked, or all is rolled back at once. */
  readonly onFailure: 'ask' | 'rollback'
  readonly steps: readonly ResolvedStep[]
}

export interface ResolvedGate {
  /** Who may answer; empty: anyone. Names are a person's own word unless they are signed. */
  readonly approvers: readonly string[]
  /** Shown to whoever decides. */
  readonly note?: string
  readonly withinSeconds: number
  readonly otherwise: 'ask-again' | 'reject' | 'stop'
}

export interface ResolvedStep {
  /** Unique in the plan. */
  readonly step: string
  /** One line, from the plan or from the kind's `describe`. */
  readonly title: string
  readonly kind: string
  /** Empty for a step that is no host's. */
  readonly host: string
  /** Only where no host does it: the run asks a person, or waits. */
  readonly doneBy?: DoneBy
  readonly role?: string
  /** The row of the source document that this step stands for. */
  readonly source?: string
  readonly success?: string
  /** Ids of steps of the same phase. */
  readonly needs: readonly string[]
  /** The kind's fields. References to outputs and secrets are still `${{ … }}`; the activity fills them in. */
  readonly fields: JsonObject
  readonly timeoutSeconds: number
  readonly maxAttempts: number
  readonly backoffSeconds: number
  /** May be run again by itself where its outcome is unknown and its verify says no. */
  readonly idempotent: boolean
  /** Why it cannot be undone; absent where it can. */
  readonly cannotUndo?: string
}

/** An embedded file: a file beside the plan, inside a step's fields in place of its name. */
export interface PlanFile {
  readonly name: string
  readonly sha256: string
  /** gzip, then base64. */
  readonly gzip: string
}

/** What may have to be undone. The prior state is that of the first inspection, also after a retry. */
export interface JournalEntry {
  readonly phase: string
  readonly step: ResolvedStep
  readonly priorState: Json
  /** The outputs of earlier steps that this step's fields name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>
}
