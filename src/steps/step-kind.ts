import type { z } from 'zod'
import type { Host, HostView } from '../host/host.ts'

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }
export type JsonObject = { readonly [key: string]: Json | undefined }

/** A part of a host that a step has to do with; its own host, unless it names another of the plan, which it only reads. */
export interface Touch {
  readonly how: 'reads' | 'makes' | 'changes' | 'removes'
  readonly what: 'path' | 'volume' | 'project' | 'container' | 'image' | 'network' | 'database' | 'url'
  readonly name: string
  readonly host?: string
}

/**
 * What a look found. `changes` are the lines that a preview prints; none means that there is nothing to do, and
 * `because` says why. `later` is for what cannot be looked at before an earlier step has made it; what is known already
 * can stand in its notes.
 */
export type Look<Seen extends Json> =
  | ({ readonly seen: Seen; readonly changes: readonly string[]; readonly because?: string } & Extras)
  | { readonly later: string; readonly notes?: readonly string[] }

/** What a look may say beside its changes. An approval covers the changes; these it does not. */
interface Extras {
  /** Shown below the changes: the lines of a diff, and what moves by itself, such as the size of a live tree. */
  readonly notes?: readonly string[]
  /** For a forecast: what is copied and then compared, and what is only read. */
  readonly copiesBytes?: number
  readonly readsBytes?: number
  /** What is taken away. Where people approved it, the step refuses to take anything else, or more of it. */
  readonly takes?: readonly Taken[]
  /** The backup that it is about: ISO time of its newest file, and what an audit can say of it at best. */
  readonly backup?: { readonly path: string; readonly newestAt: string; readonly gradeAtBest: string }
}

/** Something that a step takes away, and how much it holds: entries of a directory, and the bytes of its files. */
export interface Taken {
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

/**
 * A kind of step: one file beside this one, one line in index.ts. The contract suite in test/steps holds each to the
 * sentences below on a real host, with a crash after every command.
 */
export interface StepKind<Kind extends string, Fields extends z.ZodRawShape, Seen extends Json> {
  readonly kind: Kind
  /** One sentence for `reinstate kinds`: what shall be true once it is done. */
  readonly summary: string
  readonly fields: Fields
  /** Of each of these sets exactly one field is written: for editors; to everybody else `objection` says it. */
  readonly oneOf?: readonly (readonly string[])[]
  /** The names of the values that `verify` gives to later steps. */
  readonly outputs: readonly string[]
  /** For a step that names none: how long look, run or verify may each take. */
  readonly timeoutMinutes: number
  /** For a forecast: how long it usually takes beside the bytes that it copies or reads; 2 unless said. */
  readonly usualSeconds?: number
  /** Its verify is an audit, which a preview may carry out: it needs nothing that `run` makes. */
  readonly isAudit?: boolean
  /**
   * The version of the shape of `seen`, 1 unless said. What an older worker saw may have to be undone by a newer one,
   * weeks later: raise it with every change of that shape, and read the older ones in `seenSince`.
   */
  readonly seenVersion?: number

  /** What is wrong with fields that are well one by one, such as two of which exactly one is wanted: all of it; else undefined. */
  objection?(step: Values<Fields>): string | readonly string[] | undefined
  /** One line for previews, approvals and the Temporal UI, where a long one is cut. Prints no secret. */
  describe(step: Values<Fields>): string
  /**
   * Where a person or the clock does it, and the run sees to that: look, run and undo are never called then, and verify
   * only to know what the statement is about.
   */
  doneBy?(step: Values<Fields>): DoneBy
  /** What it reads, makes, changes or removes. */
  touches(step: Values<Fields>): readonly Touch[]
  /** Whether an interrupted run may simply be run again. The kinds in the contract suite prove it; a command says so. */
  mayRepeat(step: Values<Fields>): boolean
  /** Why it cannot be undone, or undefined where it can. */
  cannotUndo(step: Values<Fields>): string | undefined

  /**
   * Looks; changes nothing. `seen` is in history before `run` starts, and is all that `undo` gets: small (4 KB), no secret.
   * @throws StepRefused where carrying the step out would do harm; never retried.
   */
  look(step: Values<Fields>, host: HostView): Promise<Look<Seen>>
  /** Makes the change. Called again after a crash, it finishes what the earlier call began. */
  run(step: Values<Fields>, seen: Seen, host: Host): Promise<void>
  /**
   * Proves the change, also when there was none to make, and gives the step's outputs.
   * @throws StepNotVerified; never retried.
   */
  verify(step: Values<Fields>, host: HostView): Promise<Verified>
  /** What an older version of this kind saw, in today's shape. Needed once `seenVersion` is more than 1. */
  seenSince?(version: number, seen: Json): Seen
  /** Returns the host to what `look` saw, whether `run` finished, stopped half-way or never began; says what it left. */
  undo(step: Values<Fields>, seen: Seen, host: Host): Promise<readonly Leftover[]>
}

/** Keeps the types of one kind together where it is declared. */
export function stepKind<Kind extends string, Fields extends z.ZodRawShape, Seen extends Json>(
  kind: StepKind<Kind, Fields, Seen>,
): StepKind<Kind, Fields, Seen> {
  return kind
}

/** Any kind, where the fields have just been parsed by its own schema. */
export type AnyStepKind = StepKind<string, z.ZodRawShape, Json>
