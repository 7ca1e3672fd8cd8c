import { StepRefused } from '../errors.ts'
import { shortened } from '../steps/in-words.ts'
import type { AnyStepKind, DoneBy, Touch, Values } from '../steps/step-kind.ts'
import type { StepDraft } from './draft.ts'
import type { Findings } from './findings.ts'
import { didYouMean } from './nearest.ts'
import type { ResolvedStep } from './plan.ts'
import type { PlanFolder } from './read-files.ts'
import type { PlanHead } from './shape.ts'
import { resolveFields } from './step-fields.ts'
import { placedOn, type Placed } from './touches.ts'

const USUAL_BACKOFF_SECONDS = 10
const MAX_TITLE = 200

/** What a step is resolved with. */
export interface Surroundings {
  readonly phase: string
  readonly needs: readonly string[]
  readonly hosts: readonly string[]
  readonly defaults: NonNullable<PlanHead['defaults']>
  readonly kinds: ReadonlyMap<string, AnyStepKind>
  readonly folder: PlanFolder
  readonly findings: Findings
}

export interface StepResolution {
  readonly step: ResolvedStep
  readonly placed: Placed
  readonly fileBytes: number
  /** As far as they are known. */
  readonly values: Values<AnyStepKind['fields']>
}

/** Writes out one step. Undefined where something was wrong with it, which was told of. */
export function resolveStep(draft: StepDraft, around: Surroundings): StepResolution | undefined {
  const { head } = draft
  const kind = kindOf(draft, around)
  const { fields, values, fileBytes } = kind ? resolveFields(kind, draft, around) : NOTHING
  const said = kind && values && whatKindSays(kind, values, draft, around.findings)
  const host = isNoHosts(said?.doneBy) ? noHost(draft, around) : hostOf(draft, around)
  if (!kind || !values || !said || host === undefined) return undefined
  const { describe, doneBy, touches, mayRepeat, cannotUndo } = said

  if (!namesHostsOfPlan(touches, draft, around)) return undefined
  const { defaults, needs, phase } = around
  if (!mayRepeat && (head.tries ?? 1) > 1)
    around.findings.at([...draft.at, 'tries'], {
      code: 'tries-not-repeatable',
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
    tries: head.tries ?? (mayRepeat ? (defaults.tries ?? 1) : 1),
    backoffSeconds: head.backoff ?? defaults.backoff ?? USUAL_BACKOFF_SECONDS,
    mayRepeat,
    ...(cannotUndo === undefined ? {} : { cannotUndo }),
  }
  return {
    step,
    placed: { phase, step: draft.id, host, touches: placedOn(host, touches), draft },
    fileBytes,
    values,
  }
}

const NOTHING = { fields: {}, values: undefined, fileBytes: 0 }

/** A statement about a file is made where that file is. */
function isNoHosts(doneBy: DoneBy | undefined): boolean {
  return doneBy !== undefined && !('artefact' in doneBy)
}

function noHost({ head, at }: StepDraft, { findings }: Surroundings): string {
  if (head.host !== undefined)
    findings.at([...at, 'host'], {
      code: 'host-not-needed',
      message: `a step of kind ${head.kind} is no host's work`,
      hint: 'leave host: out',
    })
  return ''
}

function kindOf({ head, at }: StepDraft, { kinds, findings }: Surroundings): AnyStepKind | undefined {
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

function hostOf({ head, at }: StepDraft, { hosts, defaults, findings }: Surroundings): string | undefined {
  const host = head.host ?? defaults.host ?? (hosts.length === 1 ? hosts[0] : undefined)
  if (host === undefined && hosts.length > 0)
    findings.at(at, { code: 'missing-host', message: `says on which host: ${hosts.join(', ')}` })
  if (head.host === undefined || hosts.includes(head.host) || hosts.length === 0) return host
  findings.at([...at, 'host'], {
    code: 'unknown-host',
    message: `"${head.host}" is not among the plan's hosts`,
    ...didYouMean(head.host, hosts),
  })
  return undefined
}

/** What a step reads elsewhere is on a host that the plan names, too. */
function namesHostsOfPlan(
  touches: readonly Touch[],
  { at }: StepDraft,
  { hosts, findings }: Surroundings,
): boolean {
  const others = new Set(touches.flatMap(({ host }) => (host === undefined ? [] : [host])))
  // Where the plan names no hosts at all, that is told of once.
  const unknown = hosts.length === 0 ? [] : [...others].filter((host) => !hosts.includes(host))
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
  findings: Findings,
) {
  const [reference] = kind.doneBy ? draft.references : []
  if (reference) {
    findings.atText([...draft.at, ...reference.path], reference.written, {
      code: 'lookup-too-early',
      message: `a step of kind ${kind.kind} is written out before the run begins`,
      hint: 'it can name inputs',
    })
    return undefined
  }
  const objection = kind.objection?.(values)
  if (objection !== undefined) {
    findings.at(draft.at, { code: 'bad-step', message: `${draft.id} ${objection}` })
    return undefined
  }
  try {
    return {
      describe: shortened(kind.describe(values)),
      doneBy: kind.doneBy?.(values),
      touches: kind.touches(values),
      mayRepeat: kind.mayRepeat(values),
      cannotUndo: kind.cannotUndo(values),
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
