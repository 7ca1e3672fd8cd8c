/** What a preview is made of: plain data, which crosses Temporal, is shown to people and is saved in a file. */
import type { Deletion, Evidence } from '../steps/step-kind.ts'

/** How the digest line of a step begins that cannot be inspected yet. */
export const BLOCKED = 'blocked: '

/** What a preview or a gate shows of one step. */
export interface StepPreview {
  readonly phase: string
  readonly step: string
  readonly title: string
  readonly host: string
  readonly kind: string
  readonly changes: readonly string[]
  /** Shown with the changes and no part of them: the lines of a diff, what moves by itself. */
  readonly notes?: readonly string[]
  /** Why it cannot be inspected yet. */
  readonly blocked?: string
  /** The ids of the steps after which it is known. */
  readonly after?: readonly string[]
  /** For a step of a person or of the clock: what the run waits for there. */
  readonly waits?: string
  readonly nothingToDo?: string
  /** It never changes anything: all of its work is the proof. */
  readonly readsOnly?: boolean
  readonly refused?: string
  readonly cannotUndo?: string
  /** By field: the sha256 of each script, as only the first lines of a script are shown. */
  readonly scripts?: Readonly<Record<string, string>>
  readonly copiesBytes?: number
  readonly deletions?: readonly Deletion[]
  /** No other step has to do with what it changes: it will find just this, unless somebody else changes it. */
  readonly exclusive?: boolean
  readonly backup?: BackupInspected
  /** What its verify said, where the preview was asked to audit. */
  readonly audit?: Evidence
  /** How long it usually takes; a guess. */
  readonly seconds: number
  /** Kinds of steps that take as long, or of which it takes a share. */
  readonly takesLike?: readonly { readonly kind: string; readonly share: number }[]
  /** All that a digest stands for and nothing that moves by itself: the same world gives the same lines. */
  readonly digestLines: readonly string[]
}

/** A backup as a look found it, before it is read. */
export interface BackupInspected {
  readonly path: string
  /** ISO time of its newest file. */
  readonly newestAt: string
  /** What the audit can say of it at best. */
  readonly gradeAtBest: string
}

/** How long visitors will get nothing: the longest way from the one step to the other. */
export interface DowntimeForecast {
  readonly seconds: number
  /** Each step on that way, and what its time was taken from, such as `as beside took`. */
  readonly steps: readonly { readonly step: string; readonly seconds: number; readonly from: string }[]
}

/** What was found by looking at steps. */
export interface StepsPreview {
  readonly steps: readonly StepPreview[]
  /** By phase: how long its steps take together. Absent in what an older worker found. */
  readonly phaseSeconds?: Readonly<Record<string, number>>
  /** Ten characters over the digestLines lines: an approval that names them approves just this. */
  readonly digest: string
  /** How long they take together, some at the same time; a guess. */
  readonly seconds: number
}

/** What a plan says, so taken apart that a difference can be named. */
export interface PlanFacts {
  readonly plan: string
  readonly title: string
  readonly stack: string
  /** sha256 of the whole resolved plan, its files included. */
  readonly hash: string
  readonly inputs: Readonly<Record<string, string>>
  /** sha256 by name, of the files beside the plan as they are written; of the secrets file when it was last changed. */
  readonly files: Readonly<Record<string, string>>
  /** Everything else, one value to a line: `step serve: within` → `60`. */
  readonly lines: Readonly<Record<string, string>>
}

/** Which machine a host's name stands for. */
export interface HostIdentity {
  readonly host: string
  /** `root@203.0.113.7:22`, with its jump hosts; `this machine` for a local one. */
  readonly address: string
  /** Fingerprints of the pinned keys. */
  readonly keys: readonly string[]
}

/** A preview, as `reinstate preview --json` prints it and `--save` writes it. */
export interface Preview extends Omit<StepsPreview, 'phaseSeconds'> {
  /** The version of this shape. */
  readonly preview: 1
  readonly madeAt: string
  /** As it was asked for: what `run --preview` asks for again. */
  readonly request: { readonly plan: string; readonly inputs: Readonly<Record<string, string>> }
  readonly plan: PlanFacts
  readonly hosts: readonly HostIdentity[]
  readonly phases: readonly {
    readonly phase: string
    readonly title: string
    readonly gated: boolean
    /** How long it usually takes, waits for people left out; a guess. */
    readonly seconds: number
  }[]
  /** Absent where the plan names none. */
  readonly downtime?: DowntimeForecast & { readonly from: string; readonly to: string }
}

/** As much of a preview as a run is held to. */
export interface Previewed {
  readonly madeAt: string
  readonly plan: PlanFacts
  readonly hosts: readonly HostIdentity[]
  readonly steps: readonly DigestedStep[]
  readonly digest: string
}

export type DigestedStep = Pick<StepPreview, 'phase' | 'step' | 'host' | 'digestLines'>
