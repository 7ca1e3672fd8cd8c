import type { z } from 'zod'
import type { Effect, HeldPort } from '../errors.ts'
import type { Host, HostView } from '../host/host.ts'

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }
export type JsonObject = { readonly [key: string]: Json | undefined }

export type { Effect, HeldPort }

/** The result of an inspection that needs an earlier step first. Decisions compare `blockedOn`. */
export interface Blocked {
  /** The effect of an earlier step that this step needs: what it creates, stops or deletes. */
  readonly blockedOn: Effect
  /** The same for people: `the directory of /srv/app`. */
  readonly text: string
  /** For a step that no earlier step unblocks: what is in the way, and what to do before a retry. Default: derived from `blockedOn`. */
  readonly problem?: { readonly what: string; readonly advice: string }
  /** The port that it needs, where that is what it is blocked on. */
  readonly takenPort?: HeldPort
  /** What the inspection found out already. */
  readonly notes?: readonly string[]
}

/** Blocked until an earlier step creates something on this host. `text` names it for people. */
export function blockedOnMissing(what: Effect['what'], name: string, text: string): Blocked {
  return { blockedOn: { how: 'creates', what, name }, text }
}

/** Blocked until an earlier step modifies a container: stops it, for example. */
export function blockedOnContainer(
  { name, project }: { readonly name: string; readonly project: string },
  text: string,
): Blocked {
  return { blockedOn: { how: 'modifies', what: 'container', name, ...(project && { project }) }, text }
}

/** Blocked until an earlier step creates the directory that holds `path`. */
export function blockedOnDirectoryOf(path: string): Blocked {
  return blockedOnMissing('path', path.slice(0, path.lastIndexOf('/')) || '/', `the directory of ${path}`)
}

/** A refusal about a path that is in the way: an earlier step may move it away. */
export function aboutPath(name: string): { readonly about: readonly Effect[] } {
  return { about: [{ how: 'deletes', what: 'path', name }] }
}

/** A refusal about what files hold: an earlier step may write one of them. */
export function aboutContent(...names: readonly string[]): { readonly about: readonly Effect[] } {
  return { about: names.map((name) => ({ how: 'modifies', what: 'path', name })) }
}

/** A refusal about a container: an earlier step may remove it. */
export function aboutContainer({ name, project }: { readonly name: string; readonly project: string }): {
  readonly about: readonly Effect[]
} {
  return { about: [{ how: 'deletes', what: 'container', name, ...(project && { project }) }] }
}

/** The result of an inspection: the state before the change, and the changes as lines of a preview. */
export type Inspection<Prior extends Json> =
  | ({
      /** The only state that `undo` gets: at most 4 KB of JSON, no secret. In history before `apply` starts. */
      readonly priorState: Prior
      /** Empty where there is nothing to do; `because` is the reason. */
      readonly changes: readonly string[]
      readonly because?: string
      /** What the step deletes. After an approval the step refuses to delete anything else, or more of it. */
      readonly deletions?: readonly Deletion[]
    } & Inspected)
  | Blocked

/** What an inspection reports in addition to the changes. An approval does not cover it. */
export interface Inspected {
  /** Shown below the changes: lines of a diff, and figures that change by themselves, such as the size of a live tree. */
  readonly notes?: readonly string[]
  /** For a forecast: bytes that are copied and then compared, and bytes that are only read. */
  readonly copiesBytes?: number
  readonly readsBytes?: number
  /** For a forecast: seconds that the step takes in any case, by its fields. */
  readonly takesSeconds?: number
  /** The ports that its undo publishes again, each with the container that holds it now: by then it must be free. */
  readonly undoPorts?: readonly HeldPort[]
  /** The backup that the step reads: ISO time of its newest file, and the best grade that an audit can give it. */
  readonly backup?: { readonly path: string; readonly newestAt: string; readonly gradeAtBest: string }
}

/** One deletion: directory entries and bytes of files that go with it. */
export interface Deletion {
  /** Sort and name: `path /srv/old`, `container old-web-1`. */
  readonly name: string
  readonly entries: number
  readonly bytes: number
}

/** The result of a verification, and how strong a proof it is. */
export interface Evidence {
  /** One line for the report: what was compared with what, in figures; and what was not compared. */
  readonly summary: string
  /**
   * proven: compared with the source by a cryptographic checksum · observed: inspected and as expected · stated: a person's
   * statement, or nothing that can be read on the host. Where a command was interrupted, `stated` is no proof that it ran.
   */
  readonly strength: 'proven' | 'observed' | 'stated'
  readonly facts?: JsonObject
}

/** The result of `verify`: the evidence, and the values that later steps may look up. */
export interface Verified extends Evidence {
  /** Equal whether this run made the change or found it made. */
  readonly outputs?: Outputs
}

/** Something that an undo did not restore, and the reason. */
export interface Leftover {
  readonly what: string
  readonly why: string
}

/** Who completes a manual step: a person, whom the run asks, or a timer of the phase. Plain data. */
export type DoneBy =
  | {
      readonly who: 'person'
      readonly statement: string
      /** Names of the people who may answer. Empty: anyone. */
      readonly mayBe: readonly string[]
      readonly withinSeconds: number
      /** A file on the step's host whose sha256 is shown. */
      readonly artefact?: string
    }
  | { readonly who: 'clock'; readonly seconds: number }
  | { readonly who: 'clock'; readonly until: string }

export type Outputs = Readonly<Record<string, string>>

export type Values<Fields extends z.ZodRawShape> = z.infer<z.ZodObject<Fields>>

/** What lint rules need to know of a kind. Kinds declare it, so that a rule names no kind and applies to every new one. */
export interface Traits {
  /** Its only effect is to fill a place from a backup. */
  readonly fillsFromBackup?: true
  /** It starts containers of the project in `project:`, from the Compose files in `file:` and `overrides:`. */
  readonly startsStack?: true
  /** It makes a backup of the server of `project:` and `service:`, or of `container:`. */
  readonly backsUpServer?: true
  /** It grades how far a backup can be trusted. */
  readonly gradesBackup?: true
  /** The plan holds what it runs: `script`, `undo`, `verify` and `unless` are shell; `effects` declares theirs. */
  readonly runsScript?: true
  /** It sends requests from `atMost:` on until another step `judges:` them. */
  readonly sendsLoad?: true
  /** It expects of a URL the answer in `status`, `header` and the body fields. */
  readonly probesUrl?: true
  /** It applies the SQL file `up:` to a database in one transaction, and undoes it with `down:`. */
  readonly migrates?: true
  /** It asks the people in `by:`. */
  readonly asksPerson?: true
  /** It moves `from:` to `to:`. */
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
  /** One sentence for `reinstate kinds`: what is true after the step. */
  readonly summary: string
  readonly fields: Fields
  readonly traits?: Traits
  /** Mutually exclusive field groups, for the JSON schema; `validate` enforces them. */
  readonly oneOf?: readonly (readonly string[])[]
  /** The field without which these groups do not apply. Default: they always apply. */
  readonly oneOfWith?: string
  /** Default timeout of each of inspect, apply, verify and undo. */
  readonly timeoutMinutes: number
  /** For a forecast: usual duration without the bytes that it copies or reads. Default: 2. */
  readonly usualSeconds?: number
  /** For a forecast without measured steps of this kind: kinds that take as long, or of whose time it takes a share. */
  readonly takesLike?: readonly { readonly kind: string; readonly share: number }[]
  /** For a forecast: seconds that a check takes by its fields, in addition to the usual ones. Default: 0. */
  takesSeconds?(step: Values<Fields>): number

  /** Cross-field validation; returns all problems. */
  validate?(step: Values<Fields>): string | readonly string[] | undefined
  /** One line for previews, approvals and the Temporal UI, which cuts long ones. Holds no secret. */
  describe(step: Values<Fields>): string
  /** Everything that it reads, creates, modifies or deletes. */
  effects(step: Values<Fields>): readonly Effect[]
}

/**
 * A kind that changes a host, in the order inspect → journal → apply → verify. The contract suite in test/steps proves the
 * contract below on a real host, with a crash after every command.
 */
export interface ChangeKind<
  Kind extends string,
  Fields extends z.ZodRawShape,
  Prior extends Json,
> extends Common<Kind, Fields> {
  readonly shape: 'change'
  /** Names of the outputs that `verify` returns. */
  readonly outputs?: readonly string[]
  /** Whether a step with these fields, as they are in the plan, has this output. Default: true. */
  hasOutput?(name: string, fields: JsonObject): boolean
  /**
   * Whether a step with these fields, as they are in the plan, changes nothing. The run then calls only `verify`. Default:
   * false.
   */
  isCheck?(fields: JsonObject): boolean
  /**
   * Version of the shape of the prior state. Default: 1. A newer worker may undo, weeks later, what an older one applied:
   * raise the version with every change of the shape, and convert older ones in `priorStateSince`.
   */
  readonly priorStateVersion?: number

  /** Whether `apply` may run again after an interruption. Default: true, which the contract suite proves. */
  idempotent?(step: Values<Fields>): boolean
  /** The reason why the step cannot be undone; undefined where it can. Default: undefined. */
  cannotUndo?(step: Values<Fields>): string | undefined
  /** What `undo` will do with this prior state, and what it keeps: one line for people, without a secret. */
  undoes(step: Values<Fields>, priorState: Prior): string
  /** Reads the current state and changes nothing. @throws StepRefused where `apply` would do harm; never retried. */
  inspect(step: Values<Fields>, host: HostView): Promise<Inspection<Prior>>
  /** Makes the change. A second call after a crash finishes what the first one began. */
  apply(step: Values<Fields>, priorState: Prior, host: Host): Promise<void>
  /** Proves the change, also where there was nothing to change, and returns the outputs. @throws StepNotVerified; never retried. */
  verify(step: Values<Fields>, host: HostView): Promise<Verified>
  /** Converts the prior state of an older version. Required where `priorStateVersion` is more than 1. */
  priorStateSince?(version: number, priorState: Json): Prior
  /**
   * Restores the prior state, whether `apply` finished, stopped half-way or never began. Destroys nothing that was written
   * after the step: what it cannot leave in place it saves. Returns what it did not restore and what it saved.
   */
  undo(step: Values<Fields>, priorState: Prior, host: Host): Promise<readonly Leftover[]>
}

/** A kind that changes nothing and only verifies. */
export interface CheckKind<Kind extends string, Fields extends z.ZodRawShape> extends Common<Kind, Fields> {
  readonly shape: 'check'
  /** Whether a preview may run `verify`: it needs nothing that an earlier step creates. */
  readonly isAudit?: boolean
  /** Checks what `verify` needs. @throws StepRefused where `verify` could only fail; never retried. */
  inspect?(step: Values<Fields>, host: HostView): Promise<Inspected | Blocked>
  /** @throws StepNotVerified; never retried. */
  verify(step: Values<Fields>, host: HostView): Promise<Verified>
}

/** A kind that a person or a timer completes. The run asks the person and starts the timer. */
export interface ManualKind<Kind extends string, Fields extends z.ZodRawShape> extends Common<Kind, Fields> {
  readonly shape: 'manual'
  doneBy(step: Values<Fields>): DoneBy
  /** Evidence of what the statement is about. @throws StepNotVerified; never retried. */
  verify?(step: Values<Fields>, host: HostView): Promise<Verified>
}

/** Infers the types of one kind at its declaration. */
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

/** Any kind. Its methods take fields that its own schema has parsed. */
export type AnyStepKind =
  | ChangeKind<string, z.ZodRawShape, Json>
  | CheckKind<string, z.ZodRawShape>
  | ManualKind<string, z.ZodRawShape>

/** The shape of a step with these fields, as they are in the plan. */
export function shapeOf(kind: AnyStepKind, fields: JsonObject): AnyStepKind['shape'] {
  return kind.shape === 'change' && kind.isCheck?.(fields) === true ? 'check' : kind.shape
}

/** Checks and manual steps are idempotent. */
export function isIdempotent(kind: AnyStepKind, step: Values<z.ZodRawShape>): boolean {
  return kind.shape !== 'change' || (kind.idempotent?.(step) ?? true)
}

export function cannotUndo(kind: AnyStepKind, step: Values<z.ZodRawShape>): string | undefined {
  return kind.shape === 'change' ? kind.cannotUndo?.(step) : undefined
}

/** Names of the outputs of a step with these fields; without fields, of all steps of the kind. */
export function outputsOf(kind: AnyStepKind, fields?: JsonObject): readonly string[] {
  if (kind.shape !== 'change') return []
  const { outputs = [], hasOutput } = kind
  return fields === undefined || !hasOutput ? outputs : outputs.filter((name) => hasOutput(name, fields))
}

/** All problems that cross-field validation finds. */
export function validationProblems(kind: AnyStepKind, values: Values<z.ZodRawShape>): readonly string[] {
  const problems = kind.validate?.(values) ?? []
  return typeof problems === 'string' ? [problems] : problems
}
