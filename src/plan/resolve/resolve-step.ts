import { StepRefused } from '../../errors.ts'
import { truncate } from '../../steps/format.ts'
import { cannotUndo, isIdempotent, validationProblems } from '../../steps/step-kind.ts'
import type { AnyStepKind, DoneBy, Effect, Values } from '../../steps/step-kind.ts'
import type { StepDraft } from './draft.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import type { PlanFolder } from '../files/open-plan.ts'
import type { PlanHead } from '../schema/shape.ts'
import { resolveFields } from './step-fields.ts'
import { partialStep, type StepResolution } from './step-resolution.ts'
import { placedOn } from '../scope/effects.ts'

const USUAL_BACKOFF_SECONDS = 10
const MAX_TITLE = 200

/** What a step is resolved with. */
export interface StepContext {
  readonly phase: string
  readonly needs: readonly string[]
  readonly hosts: readonly string[]
  /** As they are written, also where one of them is no name of a host. */
  readonly hostNames: readonly string[]
  readonly defaults: NonNullable<PlanHead['defaults']>
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  readonly folder: PlanFolder
  readonly findings: Diagnostics
}

/** Writes out one step, in part where something was wrong with it, which was told of. Undefined where its kind is not known. */
export function resolveStep(draft: StepDraft, around: StepContext): StepResolution | undefined {
  const { head } = draft
  const kind = kindOf(draft, around)
  const { fields, values, fileBytes } = kind ? resolveFields(kind, draft, around) : NOTHING
  const said = kind && values && whatKindSays(kind, values, draft, around.findings)
  const host = isNoHosts(said?.doneBy) ? noHost(draft, around) : hostOf(draft, around)
  if (!kind) return undefined
  if (!values || !said || host === undefined || !namesHostsOfPlan(said.effects, draft, around))
    return partialStep(kind, draft, { host, fields, phase: around.phase })
  const { describe, doneBy, effects, idempotent, staysBecause } = said

  const { defaults, needs, phase } = around
  if (!idempotent && (head.attempts ?? 1) > 1)
    around.findings.at([...draft.at, 'attempts'], {
      code: 'attempts-not-idempotent',
      message: `${draft.id} cannot simply be run again, so it is tried once`,
      hint: 'a person can still choose to retry it',
    })
  const step = {
    step: draft.id,
    title: head.title ?? oneLine(describe),
    kind: kind.kind,
    host,
    ...(doneBy === undefined ? {} : { doneBy }),
    ...(head.role === undefined ? {} : { role: head.role }),
    ...(head.source === undefined ? {} : { source: head.source }),
    ...(head.success === undefined ? {} : { success: head.success }),
    needs,
    fields,
    timeoutSeconds: head.timeout ?? defaults.timeout ?? kind.timeoutMinutes * 60,
    maxAttempts: head.attempts ?? (idempotent ? (defaults.attempts ?? 1) : 1),
    backoffSeconds: head.backoff ?? defaults.backoff ?? USUAL_BACKOFF_SECONDS,
    idempotent,
    ...(staysBecause === undefined ? {} : { cannotUndo: staysBecause }),
  }
  return {
    step,
    kind,
    placed: { phase, step: draft.id, host, effects: placedOn(host, effects, fields), draft },
    fileBytes,
    values,
  }
}

const NOTHING = { fields: {}, values: undefined, fileBytes: 0 }

/** A statement about a file is made where that file is. */
function isNoHosts(doneBy: DoneBy | undefined): boolean {
  return doneBy !== undefined && !('artefact' in doneBy)
}

function noHost({ head, at }: StepDraft, { findings }: StepContext): string {
  if (head.host !== undefined)
    findings.at([...at, 'host'], {
      code: 'host-not-needed',
      message: `a step of kind ${head.kind} is no host's work`,
      hint: 'leave host: out',
    })
  return ''
}

function kindOf({ head, at }: StepDraft, { kinds, findings }: StepContext): AnyStepKind | undefined {
  if (head.kind === undefined) return undefined
  const kind = kinds.get(head.kind)
  if (!kind)
    findings.at([...at, 'kind'], {
      code: 'unknown-kind',
      message: `there is no kind of step "${head.kind}"`,
      ...didYouMean(head.kind, kinds.keys()),
    })
  return kind
}

function hostOf(
  { head, at, id }: StepDraft,
  { hosts, hostNames, defaults, findings }: StepContext,
): string | undefined {
  const host = head.host ?? defaults.host ?? (hosts.length === 1 ? hosts[0] : undefined)
  if (host === undefined && hosts.length > 0)
    findings.at(at, {
      code: 'missing-host',
      message: `${id} does not say on which host it is done`,
      hint: `write host: ${hosts.join(' or host: ')}`,
    })
  if (head.host === undefined || hostNames.includes(head.host) || hosts.length === 0) return host
  findings.at([...at, 'host'], {
    code: 'unknown-host',
    message: `"${head.host}" is not among the plan's hosts`,
    ...didYouMean(head.host, hosts),
  })
  return undefined
}

/** What a step reads elsewhere is on a host that the plan names, too. */
function namesHostsOfPlan(
  effects: readonly Effect[],
  { at }: StepDraft,
  { hosts, hostNames, findings }: StepContext,
): boolean {
  const others = new Set(effects.flatMap(({ host }) => (host === undefined ? [] : [host])))
  // Where the plan names no hosts at all, that is told of once.
  const unknown = hosts.length === 0 ? [] : [...others].filter((host) => !hostNames.includes(host))
  for (const host of unknown)
    findings.atText(at, host, {
      code: 'unknown-host',
      message: `"${host}" is not among the plan's hosts`,
      ...didYouMean(host, hosts),
    })
  return unknown.length === 0
}

function whatKindSays(
  kind: AnyStepKind,
  values: Values<AnyStepKind['fields']>,
  draft: StepDraft,
  findings: Diagnostics,
) {
  const [reference] = kind.shape === 'manual' ? draft.references : []
  if (reference) {
    findings.atText([...draft.at, ...reference.path], reference.written, {
      code: 'lookup-too-early',
      message: `a step of kind ${kind.kind} is written out before the run begins`,
      hint: 'it can name inputs',
    })
    return undefined
  }
  const problems = validationProblems(kind, values)
  for (const problem of problems)
    findings.at(draft.at, { code: 'bad-step', message: `${draft.id} ${problem}` })
  if (problems.length > 0) return undefined
  try {
    return {
      describe: truncate(kind.describe(values)),
      doneBy: kind.shape === 'manual' ? kind.doneBy(values) : undefined,
      effects: kind.effects(values),
      idempotent: isIdempotent(kind, values),
      staysBecause: cannotUndo(kind, values),
    }
  } catch (error) {
    // Each field is right and together they are not.
    if (!(error instanceof StepRefused)) throw error
    findings.at(draft.at, { code: 'bad-step', message: error.message })
    return undefined
  }
}

function oneLine(text: string): string {
  const [line = ''] = text.split('\n')
  return line.length > MAX_TITLE ? `${line.slice(0, MAX_TITLE - 1)}…` : line
}
