import { StepRefused } from '../../errors.ts'
import { truncate } from '../../steps/format.ts'
import {
  cannotUndo,
  isIdempotent,
  shapeOf,
  validationProblems,
  type AnyStepKind,
  type DoneBy,
  type Effect,
  type JsonObject,
  type Values,
} from '../../steps/step-kind.ts'
import type { StepDraft } from './draft.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import type { PlanFolder } from '../files/plan-folder.ts'
import type { PlanHeader } from '../schema/shape.ts'
import { resolveFields } from './step-fields.ts'
import { placedOn, type StepEffects } from '../scope/effects.ts'
import type { ResolvedStep } from '../plan.ts'
import { shownValues } from '../values/shown-values.ts'

const DEFAULT_BACKOFF_SECONDS = 10
const MAX_TITLE = 200

/** The options of resolving a step. */
export interface StepContext {
  readonly phase: string
  readonly needs: readonly string[]
  readonly hosts: readonly string[]
  /** As written, including invalid names. */
  readonly hostNames: readonly string[]
  readonly defaults: NonNullable<PlanHeader['defaults']>
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  readonly folder: PlanFolder
  readonly diagnostics: Diagnostics
}

/** Resolves one step; partially if it has problems, which are reported. Returns undefined if its kind is unknown. */
export function resolveStep(draft: StepDraft, context: StepContext): StepResolution | undefined {
  const { header } = draft
  const kind = kindOf(draft, context)
  const { fields, values, fileBytes } = kind ? resolveFields(kind, draft, context) : NO_FIELDS
  const declared = kind && values && describeStep(kind, values, draft, context.diagnostics)
  const host = needsNoHost(declared?.doneBy) ? noHost(draft, context) : hostOf(draft, context)
  if (!kind) return undefined
  if (!values || !declared || host === undefined || !namesKnownHosts(declared.effects, draft, context))
    return partialStep(kind, draft, { host, fields, phase: context.phase })
  const { describe, doneBy, effects, idempotent, reason } = declared

  const { defaults, needs, phase } = context
  if (!idempotent && (header.attempts ?? 1) > 1)
    context.diagnostics.at([...draft.at, 'attempts'], {
      code: 'attempts-not-idempotent',
      message: `${draft.id} is not idempotent, so it is attempted once`,
      hint: 'remove attempts:; a person can still retry the step',
    })
  const { hold } = header
  if (hold && shapeOf(kind, fields) !== 'check')
    context.diagnostics.at([...draft.at, 'hold'], {
      code: 'hold-changes',
      message: `a step of kind ${kind.kind} cannot be held: it changes something, or a person or a timer does it`,
      hint: 'hold a check that comes after it',
    })
  const step = {
    step: draft.id,
    title: header.title ?? oneLine(describe),
    kind: kind.kind,
    host,
    ...(doneBy === undefined ? {} : { doneBy }),
    ...(header.role === undefined ? {} : { role: header.role }),
    ...(header.source === undefined ? {} : { source: header.source }),
    ...(header.success === undefined ? {} : { success: header.success }),
    needs,
    fields,
    timeoutSeconds: header.timeout ?? defaults.timeout ?? kind.timeoutMinutes * 60,
    maxAttempts: header.attempts ?? (idempotent ? (defaults.attempts ?? 1) : 1),
    backoffSeconds: header.backoff ?? defaults.backoff ?? DEFAULT_BACKOFF_SECONDS,
    idempotent,
    ...(hold && {
      hold: { forSeconds: hold.for, everySeconds: hold.every, tolerate: hold.tolerate },
    }),
    ...(reason === undefined ? {} : { cannotUndo: reason }),
  }
  return {
    step,
    kind,
    placed: { phase, step: draft.id, host, effects: placedOn(host, effects, fields), draft },
    fileBytes,
    values,
  }
}

const NO_FIELDS = { fields: {}, values: undefined, fileBytes: 0 }

/** A statement about a file is made on the file's host. */
function needsNoHost(doneBy: DoneBy | undefined): boolean {
  return doneBy !== undefined && !('artefact' in doneBy)
}

function noHost({ header, at }: StepDraft, { diagnostics }: StepContext): string {
  if (header.host !== undefined)
    diagnostics.at([...at, 'host'], {
      code: 'host-not-needed',
      message: `a step of kind ${header.kind} runs on no host`,
      hint: 'remove host:',
    })
  return ''
}

function kindOf({ header, at }: StepDraft, { kinds, diagnostics }: StepContext): AnyStepKind | undefined {
  if (header.kind === undefined) return undefined
  const kind = kinds.get(header.kind)
  if (!kind)
    diagnostics.at([...at, 'kind'], {
      code: 'unknown-kind',
      message: `there is no kind of step "${header.kind}"`,
      ...didYouMean(header.kind, kinds.keys()),
    })
  return kind
}

function hostOf(
  { header, at, id }: StepDraft,
  { hosts, hostNames, defaults, diagnostics }: StepContext,
): string | undefined {
  const host = header.host ?? defaults.host ?? (hosts.length === 1 ? hosts[0] : undefined)
  if (host === undefined && hosts.length > 0)
    diagnostics.at(at, {
      code: 'missing-host',
      message: `${id} names no host, and the plan has several`,
      hint: `write host: ${hosts.join(' or host: ')}`,
    })
  if (header.host === undefined || hostNames.includes(header.host) || hosts.length === 0) return host
  diagnostics.at([...at, 'host'], {
    code: 'unknown-host',
    message: `"${header.host}" is not among the plan's hosts`,
    ...didYouMean(header.host, hosts),
  })
  return undefined
}

/** Checks that hosts which the step reads from are named in the plan. */
function namesKnownHosts(
  effects: readonly Effect[],
  { at }: StepDraft,
  { hosts, hostNames, diagnostics }: StepContext,
): boolean {
  const others = new Set(effects.flatMap(({ host }) => (host === undefined ? [] : [host])))
  // A plan without hosts is reported once, elsewhere.
  const unknown = hosts.length === 0 ? [] : [...others].filter((host) => !hostNames.includes(host))
  for (const host of unknown)
    diagnostics.atText(at, host, {
      code: 'unknown-host',
      message: `"${host}" is not among the plan's hosts`,
      ...didYouMean(host, hosts),
    })
  return unknown.length === 0
}

function describeStep(
  kind: AnyStepKind,
  values: Values<AnyStepKind['fields']>,
  draft: StepDraft,
  diagnostics: Diagnostics,
) {
  const [reference] = kind.shape === 'manual' ? draft.references : []
  if (reference) {
    diagnostics.atText([...draft.at, ...reference.path], reference.written, {
      code: 'lookup-too-early',
      message: `a step of kind ${kind.kind} is resolved before the run starts`,
      hint: 'only inputs can be looked up here',
    })
    return undefined
  }
  const problems = validationProblems(kind, values)
  for (const problem of problems)
    diagnostics.at(draft.at, { code: 'bad-step', message: `${draft.id} ${problem}` })
  if (problems.length > 0) return undefined
  try {
    return {
      describe: truncate(kind.describe(values)),
      doneBy: kind.shape === 'manual' ? kind.doneBy(values) : undefined,
      effects: kind.effects(values),
      idempotent: isIdempotent(kind, values),
      reason: cannotUndo(kind, values),
    }
  } catch (error) {
    // Each field is valid, their combination is not.
    if (!(error instanceof StepRefused)) throw error
    diagnostics.at(draft.at, { code: 'bad-step', message: error.message })
    return undefined
  }
}

function oneLine(text: string): string {
  const [line = ''] = text.split('\n')
  return line.length > MAX_TITLE ? `${line.slice(0, MAX_TITLE - 1)}…` : line
}

/** A resolved step of a plan file. */
export interface StepResolution {
  readonly step: ResolvedStep
  readonly kind: AnyStepKind
  /** True for an invalid step whose problems are reported: complete only as far as rules need it. */
  readonly isPartial?: true
  readonly placed: StepEffects & { readonly draft: StepDraft }
  readonly fileBytes: number
  /** As far as they are known. */
  readonly values: Values<AnyStepKind['fields']>
}

export function isWhole({ isPartial }: StepResolution): boolean {
  return isPartial === undefined
}

/**
 * Resolves an invalid step as far as rules can use it: the effects of a script are known although another field is
 * misspelt. What the kind returns is used only if it has the expected form.
 */
export function partialStep(
  kind: AnyStepKind,
  draft: StepDraft,
  known: { readonly host: string | undefined; readonly fields: JsonObject; readonly phase: string },
): StepResolution {
  const { host = '', fields, phase } = known
  const values = shownValues(kind, fields)
  const declared = host === '' ? [] : orUndefined(() => kind.effects(values))
  // From fields that were not parsed, a kind may return anything.
  const effects = Array.isArray(declared) ? declared.filter(isEffect) : []
  const reason = orUndefined(() => cannotUndo(kind, values))
  return {
    kind,
    step: {
      step: draft.id,
      title: draft.header.title ?? draft.id,
      kind: kind.kind,
      host,
      needs: [],
      fields,
      timeoutSeconds: 0,
      maxAttempts: 1,
      backoffSeconds: 0,
      idempotent: false,
      ...(reason === undefined ? {} : { cannotUndo: reason }),
    },
    isPartial: true,
    placed: { phase, step: draft.id, host, effects: placedOn(host, effects, fields), draft },
    fileBytes: 0,
    values,
  }
}

function isEffect(effect: unknown): effect is Effect {
  return typeof effect === 'object' && effect !== null && 'name' in effect && typeof effect.name === 'string'
}

/** Calls a kind with fields that are parsed only in part: it may throw. */
function orUndefined<Result>(call: () => Result): Result | undefined {
  try {
    return call()
  } catch {
    return undefined
  }
}
