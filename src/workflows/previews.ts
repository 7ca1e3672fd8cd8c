/** The data of a preview: plain JSON, which crosses Temporal, is shown to people and is saved in a file. */
import type { PlanRevision } from '../plan/plan.ts'
import type { Deletion, Evidence, HeldPort } from '../steps/step-kind.ts'

/** What a preview or a gate shows of one step. */
export interface StepPreview {
  readonly phase: string
  readonly step: string
  readonly title: string
  readonly host: string
  readonly kind: string
  readonly changes: readonly string[]
  /** Shown with the changes, but not covered by the digest: lines of a diff, and values that change by themselves. */
  readonly notes?: readonly string[]
  /** Why it cannot be inspected yet. */
  readonly blocked?: string
  /** The port that it is blocked on. */
  readonly takenPort?: HeldPort
  /** The ids of the steps that it is blocked on: after them it can be inspected. */
  readonly after?: readonly string[]
  /** For a manual step: the person or the time that the run waits for. For a check with `hold`: how it is held. */
  readonly waits?: string
  readonly nothingToDo?: string
  /** Its kind is a check: it changes nothing and only verifies. */
  readonly readsOnly?: boolean
  readonly refused?: string
  readonly cannotUndo?: string
  /** By field: the sha256 of each script, as only the first lines of a script are shown. */
  readonly scripts?: Readonly<Record<string, string>>
  readonly copiesBytes?: number
  readonly deletions?: readonly Deletion[]
  /** No other step changes what it changes: the step will find the same state, unless somebody else changes it. */
  readonly exclusive?: boolean
  readonly backup?: BackupInspected
  /** The evidence of its verify, if the preview was asked to audit. */
  readonly audit?: Evidence
  /** An estimate of its duration. */
  readonly seconds: number
  /** Kinds of steps whose duration predicts this one's; `share`: the part of it that this step takes. */
  readonly takesLike?: readonly { readonly kind: string; readonly share: number }[]
  /** What the digest covers, besides `blocked`. Without values that change by themselves: the same state gives the same lines. */
  readonly digestLines: readonly string[]
}

/** A backup as the inspection found it: its content is not read. */
export interface BackupInspected {
  readonly path: string
  /** ISO time of its newest file. */
  readonly newestAt: string
  /** The best grade that the audit can give it. */
  readonly gradeAtBest: string
}

/** Why a step is not inspected yet, for people: `inspected after old-files: it needs /srv/blog to be moved away`. */
export function blockedText({ blocked = '', after }: Pick<StepPreview, 'blocked' | 'after'>): string {
  return `inspected ${after === undefined ? 'later' : `after ${after.join(', ')}`}: it needs ${blocked}`
}

/** What the audit of a backup can prove, by its best grade. */
export function proofText({ gradeAtBest }: Pick<BackupInspected, 'gradeAtBest'>): string {
  if (gradeAtBest === 'manifested') return 'the audit compares each file with its checksum'
  if (gradeAtBest === 'self-consistent') return 'the audit reads its database, by the checksums of its pages'
  return 'it has no checksums, so the audit proves only that its files can be read'
}

/** The expected downtime: the longest path from the first step of the downtime to the last. */
export interface DowntimeForecast {
  readonly seconds: number
  /** The steps of that path, each with the source of its estimate, such as `as beside took`. */
  readonly steps: readonly { readonly step: string; readonly seconds: number; readonly from: string }[]
}

/** The inspections of several steps. */
export interface StepsPreview {
  readonly steps: readonly StepPreview[]
  /** By phase: the duration of its steps together. Absent in the result of an older worker. */
  readonly phaseSeconds?: Readonly<Record<string, number>>
  /** Ten hexadecimal characters over all `digestLines` and `blocked`. A gate's own digest, which an approval quotes, covers this one. */
  readonly digest: string
  /** An estimate of their duration together; some run concurrently. */
  readonly seconds: number
  /** What the worker reads now under the name of the run's plan, if that is another revision. The digest does not cover it. */
  readonly otherRevision?: PlanRevision
}

/** The facts of a plan one by one, so that a comparison can name each difference. */
export interface PlanFacts {
  readonly plan: string
  readonly title: string
  readonly stack: string
  /** sha256 of the whole resolved plan, its files included. */
  readonly hash: string
  readonly inputs: Readonly<Record<string, string>>
  /** By name: the sha256 of each file of the plan; of the secrets file the time of its last change. */
  readonly files: Readonly<Record<string, string>>
  /** Every other value by its place: `step serve: within` → `60`. */
  readonly lines: Readonly<Record<string, string>>
}

/** The machine behind a host's name. */
export interface HostIdentity {
  readonly host: string
  /** `root@203.0.113.7:22`, with its jump hosts; `this machine` for a local one. */
  readonly address: string
  /** Fingerprints of the pinned keys. */
  readonly keys: readonly string[]
}

/** A preview, as `reinstate preview --json` prints it and `--save` writes it. */
export interface Preview extends Omit<StepsPreview, 'phaseSeconds' | 'otherRevision'> {
  /** The version of this shape. */
  readonly preview: 1
  readonly madeAt: string
  /** The request; `run --preview` repeats it. */
  readonly request: { readonly plan: string; readonly inputs: Readonly<Record<string, string>> }
  readonly plan: PlanFacts
  readonly hosts: readonly HostIdentity[]
  readonly phases: readonly {
    readonly phase: string
    readonly title: string
    readonly gated: boolean
    /** Ids of the phases whose changes are undone once it is done. */
    readonly clears?: readonly string[]
    /** An estimate of its duration, without waits for people. */
    readonly seconds: number
  }[]
  /** Absent if the plan names no downtime. */
  readonly downtime?: DowntimeForecast & { readonly from: string; readonly to: string }
}

/** The part of a saved preview that a run compares with the current state. */
export interface Previewed {
  readonly madeAt: string
  readonly plan: PlanFacts
  readonly hosts: readonly HostIdentity[]
  readonly steps: readonly DigestedStep[]
  readonly digest: string
}

export type DigestedStep = Pick<
  StepPreview,
  'phase' | 'step' | 'host' | 'digestLines' | 'blocked' | 'takenPort'
>
