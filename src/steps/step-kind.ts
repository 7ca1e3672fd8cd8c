import type { z } from 'zod'
import type { Host, HostView } from '../host/host.ts'

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }
export type JsonObject = { readonly [key: string]: Json | undefined }

/** One thing that a step reads, creates, modifies or deletes; on its own host, unless it names another, which it only reads. */
export interface Effect {
  readonly how: 'reads' | 'creates' | 'modifies' | 'deletes'
  readonly what:
    'path' | 'volume' | 'project' | 'container' | 'image' | 'network' | 'database' | 'url' | 'process'
  readonly name: string
  readonly host?: string
}

/** What an inspection found that must wait for another step. Whatever decides anything compares `blockedOn`. */
export interface Blocked {
  /** The effect of another step that must come first: what it creates, stops or takes out of the way. */
  readonly blockedOn: Effect
  /** The same for people: `the directory of /srv/app`. Nothing is decided by these words. */
  readonly text: string
  /** What is known already. */
  readonly notes?: readonly string[]
}

/** Something on this host that another step must create first. `text`: what it is to this step. */
export function blockedOnMissing(what: Effect['what'], name: string, text: string): Blocked {
  return { blockedOn: { how: 'creates', what, name }, text }
}

/** A container that another step must stop, or do something else with, first. */
export function blockedOnContainer(name: string, text: string): Blocked {
  return { blockedOn: { how: 'modifies', what: 'container', name }, text }
}

/** The directory that holds a path: another step must create it first. */
export function blockedOnDirectoryOf(path: string): Blocked {
  return blockedOnMissing('path', path.slice(0, path.lastIndexOf('/')) || '/', `the directory of ${path}`)
}

/** What an inspection found: the state before the change, and the changes, as the lines that a preview prints. */
export type Inspection<Prior extends Json> =
  | ({
      /** All that `undo` gets: small (4 KB), no secret. In history before `apply` starts. */
      readonly priorState: Prior
      /** None: there is nothing to do, and `because` says why. */
      readonly changes: readonly string[]
      readonly because?: string
      /** What the step deletes. Once people have approved it, the step refuses to delete anything else, or more of it. */
      readonly deletions?: readonly Deletion[]
    } & Inspected)
  | Blocked

/** What an inspection may say beside the changes. An approval does not cover it. */
export interface Inspected {
  /** Shown below the changes: the lines of a diff, and what moves by itself, such as the size of a live tree. */
  readonly notes?: readonly string[]
  /** For a forecast: what is copied and then compared, and what is only read. */
  readonly copiesBytes?: number
  readonly readsBytes?: number
  /** The backup that it is about: ISO time of its newest file, and what an audit can say of it at best. */
  readonly backup?: { readonly path: string; readonly newestAt: string; readonly gradeAtBest: string }
}

/** Something that a step deletes, and how much it holds: entries of a directory, and the bytes of its files. */
export interface Deletion {
  /** With what it is: `path /srv/old`, `container old-web-1`. */
  readonly name: string
  readonly entries: number
  readonly bytes: number
}

/** What a verify saw, and how strong a proof that is. */
export interface Evidence {
  /** One line, for the report: what was compared with what, with its numbers. */
  readonly summary: string
  /** proven: compared with the source by a cryptographic sum · observed: looked at and as expected · stated: somebody's word. */
  readonly strength: 'proven' | 'observed' | 'stated'
  readonly facts?: JsonObject
}

/** What a verify returns: the evidence, and the values that later steps may look up. */
export interface Verified extends Evidence {
  /** The same whether this run made the change or found it made. */
  readonly outputs?: Outputs
}

/** What an undo did not put back, and why. */
export interface Leftover {
  readonly what: string
  readonly why: string
}

/** Who does a step that is no host's: a person is asked by the run; a wait is a timer of its phase. Plain data. */
export type DoneBy =
  | {
      readonly who: 'person'
      readonly statement: string
      /** Empty: anyone. */
      readonly mayBe: readonly string[]
      readonly withinSeconds: number
      /** A file on the step's host whose sha256 is shown. */
      readonly artefact?: string
    }
  | { readonly who: 'clock'; readonly seconds: number }
  | { readonly who: 'clock'; readonly until: string }

export type Outputs = Readonly<Record<string, string>>

export type Values<Fields extends z.ZodRawShape> = z.infer<z.ZodObject<Fields>>

/** What rules have to know of a kind's work. Declared by the kind, so that no rule names kinds and none escapes a rule. */
export interface Traits {
  /** All of its work is to fill a place from a backup. */
  readonly fillsFromBackup?: true
  /** It starts containers of the project in `project:`, from the Compose files in `file:` and `overrides:`. */
  readonly startsStack?: true
  /** It says how far a backup can be trusted. */
  readonly gradesBackup?: true
  /** A person wrote what it runs: `script`, `undo`, `verify` and `unless` are shell, `touches` what the plan says of them. */
  readonly runsScript?: true
  /** It asks a URL for the answer in `status`, `header` and the fields of a body. */
  readonly probesUrl?: true
  /** The people in `by:` are asked. */
  readonly asksPerson?: true
  /** What is in `from:` is in `to:` afterwards. */
  readonly relocates?: true
  /** It writes the variables in `values:` to the env file in `path:`. */
  readonly writesEnvironment?: true
  /** It writes one file of the plan to `path:`. */
  readonly writesFile?: true
  /** It copies a tree to `to:`. */
  readonly copiesTree?: true
}

interface Common<Kind extends string, Fields extends z.ZodRawShape> {
  readonly kind: Kind
  /** One sentence for `reinstate kinds`: what shall be true once it is done. */
  readonly summary: string
  readonly fields: Fields
  readonly traits?: Traits
  /** Mutually exclusive field groups, for editors; to everybody else `objection` says it. */
  readonly oneOf?: readonly (readonly string[])[]
  /** For a step that names none: how long inspect, apply or verify may each take. */
  readonly timeoutMinutes: number
  /** For a forecast: how long it usually takes beside the bytes that it copies or reads. Default: 2. */
  readonly usualSeconds?: number
  /** For a forecast where no step of this kind was measured yet: kinds that take as long, or of which it takes a share. */
  readonly takesLike?: readonly { readonly kind: string; readonly share: number }[]

  /** Cross-field validation; returns all problems. */
  validate?(step: Values<Fields>): string | readonly string[] | undefined
  /** One line for previews, approvals and the Temporal UI, where a long one is cut. Prints no secret. */
  describe(step: Values<Fields>): string
  /** What it reads, creates, modifies and deletes. */
  effects(step: Values<Fields>): readonly Effect[]
}

/**
 * A kind that changes a host, in the order inspect → journal → apply → verify. The contract suite in test/steps holds it
 * to the sentences below on a real host, with a crash after every command.
 */
export interface ChangeKind<
  Kind extends string,
  Fields extends z.ZodRawShape,
  Prior extends Json,
> extends Common<Kind, Fields> {
  readonly shape: 'change'
  /** The names of the values that `verify` gives to later steps. */
  readonly outputs?: readonly string[]
  /**
   * The version of the shape of the prior state. Default: 1. What an older worker saw may have to be undone by a newer
   * one, weeks later: raise it with every change of that shape, and read the older ones in `priorStateSince`.
   */
  readonly priorStateVersion?: number

  /** Whether `apply` may be called again after an interruption. Default: yes, which the contract suite proves. */
  idempotent?(step: Values<Fields>): boolean
  /** Why it cannot be undone, or undefined where it can. Default: it can. */
  cannotUndo?(step: Values<Fields>): string | undefined
  /** Reads the current state; changes nothing. @throws StepRefused where applying would do harm; never retried. */
  inspect(step: Values<Fields>, host: HostView): Promise<Inspection<Prior>>
  /** Makes the change. Called again after a crash, it finishes what the earlier call began. */
  apply(step: Values<Fields>, priorState: Prior, host: Host): Promise<void>
  /** Proves the change, also when there was none to make, and gives the step's outputs. @throws StepNotVerified; never retried. */
  verify(step: Values<Fields>, host: HostView): Promise<Verified>
  /** What an older version of this kind saw, in today's shape. Needed once `priorStateVersion` is more than 1. */
  priorStateSince?(version: number, priorState: Json): Prior
  /** Returns the host to the prior state, whether `apply` finished, stopped half-way or never began; says what it left. */
  undo(step: Values<Fields>, priorState: Prior, host: Host): Promise<readonly Leftover[]>
}

/** A kind that changes nothing: all of its work is the proof. */
export interface CheckKind<Kind extends string, Fields extends z.ZodRawShape> extends Common<Kind, Fields> {
  readonly shape: 'check'
  /** Its verify is an audit, which a preview may carry out: it needs nothing that an earlier step creates. */
  readonly isAudit?: boolean
  /** What `verify` needs and what is known before it. @throws StepRefused where it could only fail; never retried. */
  inspect?(step: Values<Fields>, host: HostView): Promise<Inspected | Blocked>
  /** @throws StepNotVerified; never retried. */
  verify(step: Values<Fields>, host: HostView): Promise<Verified>
}

/** A kind that a person or the clock does; the run sees to that. */
export interface ManualKind<Kind extends string, Fields extends z.ZodRawShape> extends Common<Kind, Fields> {
  readonly shape: 'manual'
  doneBy(step: Values<Fields>): DoneBy
  /** Only to know what the statement is about. @throws StepNotVerified; never retried. */
  verify?(step: Values<Fields>, host: HostView): Promise<Verified>
}

/** Keeps the types of one kind together where it is declared. */
export function changeKind<Kind extends string, Fields extends z.ZodRawShape, Prior extends Json>(
  kind: Omit<ChangeKind<Kind, Fields, Prior>, 'shape'>,
): ChangeKind<Kind, Fields, Prior> {
  return { shape: 'change', ...kind }
}

export function checkKind<Kind extends string, Fields extends z.ZodRawShape>(
  kind: Omit<CheckKind<Kind, Fields>, 'shape'>,
): CheckKind<Kind, Fields> {
  return { shape: 'check', ...kind }
}

export function manualKind<Kind extends string, Fields extends z.ZodRawShape>(
  kind: Omit<ManualKind<Kind, Fields>, 'shape'>,
): ManualKind<Kind, Fields> {
  return { shape: 'manual', ...kind }
}

/** Any kind, where the fields have just been parsed by its own schema. */
export type AnyStepKind =
  | ChangeKind<string, z.ZodRawShape, Json>
  | CheckKind<string, z.ZodRawShape>
  | ManualKind<string, z.ZodRawShape>

/** What is the same for every step of another shape: it may be done again, and leaves nothing to undo. */
export function isIdempotent(kind: AnyStepKind, step: Values<z.ZodRawShape>): boolean {
  return kind.shape !== 'change' || (kind.idempotent?.(step) ?? true)
}

export function cannotUndo(kind: AnyStepKind, step: Values<z.ZodRawShape>): string | undefined {
  return kind.shape === 'change' ? kind.cannotUndo?.(step) : undefined
}

export function outputsOf(kind: AnyStepKind): readonly string[] {
  return kind.shape === 'change' ? (kind.outputs ?? []) : []
}

/** All that a kind has against fields which are well one by one. */
export function validationProblems(kind: AnyStepKind, values: Values<z.ZodRawShape>): readonly string[] {
  const objection = kind.validate?.(values) ?? []
  return typeof objection === 'string' ? [objection] : objection
}
