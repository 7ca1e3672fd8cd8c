import { createHash } from 'node:crypto'
import { ReinstateError, SecretMissing, StepNotVerified, StepRefused } from '../errors.ts'
import { outputsIn } from '../plan/values/fill-in.ts'
import type { ResolvedStep } from '../plan/plan.ts'
import { effectsOf, type StepEffects } from '../plan/scope/effects.ts'
import { hasExclusiveEffects } from '../plan/scope/effects.ts'
import { clearedBefore } from '../plan/scope/cleared.ts'
import { changedBefore, producerOf, replacedBefore } from '../plan/scope/producers.ts'
import { shapeOf, type AnyStepKind, type Effect } from '../steps/step-kind.ts'
import { holdText } from '../workflows/hold.ts'
import type { StepRequest } from '../workflows/messages.ts'
import type { StepsPreview, StepPreview } from '../workflows/previews.ts'
import type { Activities } from './activities.ts'
import type { StepActivities } from './steps.ts'
import { durationOfPhases, usualSeconds } from './forecast.ts'

const AT_ONCE = 8

type Request = Parameters<Activities['previewSteps']>[0]
type StepInspector = Pick<StepActivities, 'inspect' | 'verify'> & {
  readonly kinds: ReadonlyMap<string, AnyStepKind>
}

/** Inspects every step of the phases, 8 at a time, with the `inspect` that the run will use. */
export async function previewSteps(request: Request, inspector: StepInspector): Promise<StepsPreview> {
  const { ref, plan, phases, outputs, only, elsewhere = [] } = request
  const effects = effectsOf({ phases }, inspector.kinds)
  const clearedFor = clearsIn(phases)
  const all = phases.flatMap(({ phase, steps }) => steps.map((step) => ({ phase, step })))
  const firstCommand = all.findIndex(({ step }) => mayCreateAnything(inspector.kinds.get(step.kind), step))
  const steps: StepPreview[] = []
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE).map(async ({ phase, step }, index) => {
      if (only && !only.includes(step.host)) return undefined
      const inspected = elsewhere.find((one) => one.step === step.step)
      if (inspected) return inspected
      const cleared = clearedFor(phase)
      // What a clear undoes before the step is gone by then: it creates nothing for the step, and removes nothing.
      const there = effects.filter((one) => !cleared.has(one.phase))
      // Its current state will be replaced before the step runs, so it predicts neither changes nor a refusal.
      const replaced = replacedBefore(step.step, there)
      const found: PartialPreview = replaced
        ? { blocked: `the new content of ${replaced.path}`, after: [replaced.by] }
        : unlessChanged(
            await inspectStep({ ref, plan, phase, step, attempt: 1, outputs }, request, inspector),
            step.step,
            there,
          )
      const followsCommand = firstCommand >= 0 && firstCommand < from + index
      return stepPreview(
        { phase, step, found, token: ref.token, followsCommand, anyCommand: firstCommand >= 0, cleared },
        effects,
        inspector.kinds.get(step.kind),
      )
    })
    steps.push(...(await Promise.all(some)).filter((one) => one !== undefined))
  }
  const seconds = new Map(steps.map((step) => [step.step, step.seconds]))
  const secondsOf = (step: string) => seconds.get(step) ?? 0
  const phaseSeconds = phases.map((phase) => [phase.phase, durationOfPhases([phase], secondsOf)])
  return {
    steps,
    digest: digestOf(steps),
    seconds: durationOfPhases(phases, secondsOf),
    phaseSeconds: Object.fromEntries(phaseSeconds),
  }
}

/** Whether a step may have effects that its plan does not declare. */
function mayCreateAnything(kind: AnyStepKind | undefined, { fields }: ResolvedStep): boolean {
  return kind?.traits?.runsScript === true && shapeOf(kind, fields) !== 'check'
}

/** What is undone before a phase begins, as `clearedBefore`. */
function clearsIn(phases: Request['phases']): (phase: string) => ReadonlyMap<string, string> {
  const needs = new Map(phases.map((one) => [one.phase, one.needs]))
  const clears = new Map(phases.map((one) => [one.phase, one.clears ?? []]))
  return (phase) => clearedBefore(phase, { needs, clears })
}

/** Ten hexadecimal characters over the digest lines of the steps, and over what they are blocked on. The order of lines within a step does not count. */
export function digestOf(
  steps: readonly Pick<StepPreview, 'phase' | 'step' | 'host' | 'digestLines' | 'blocked'>[],
): string {
  const text = JSON.stringify(
    steps.map(({ phase, step, host, digestLines, blocked }) => [
      ...[phase, step, host, [...digestLines].sort()],
      ...(blocked === undefined ? [] : [{ blocked }]),
    ]),
  )
  return createHash('sha256').update(text).digest('hex').slice(0, 10)
}

type PartialPreview = Partial<
  Pick<
    StepPreview,
    | ('changes' | 'notes' | 'blocked' | 'takenPort' | 'after' | 'nothingToDo' | 'refused')
    | ('copiesBytes' | 'deletions' | 'backup' | 'audit' | 'waits')
  >
> & {
  readonly readsBytes?: number
  readonly takesSeconds?: number
  readonly blockedOn?: Effect
  /** What the refusal is about; `reads`: all that the step reads. */
  readonly about?: readonly Effect[] | 'reads'
}

/** Replaces a refusal by the step that it depends on, where an earlier step changes what it is about. */
function unlessChanged(
  { about = [], ...found }: PartialPreview,
  step: string,
  all: readonly StepEffects[],
): PartialPreview {
  const own = all.find((one) => one.step === step)?.effects ?? []
  const changed = changedBefore(about === 'reads' ? own : about, step, all)
  if (!changed) return found
  const { name, what, by } = changed
  return { blocked: `the new state of ${what === 'path' ? name : `${what} ${name}`}`, after: [by] }
}

function waitText(doneBy: NonNullable<ResolvedStep['doneBy']>): string {
  if (doneBy.who === 'clock') return 'the run waits'
  const { mayBe } = doneBy
  return `the run waits for an attestation${mayBe.length > 0 ? ` by ${mayBe.join(' or ')}` : ''}`
}

function waitSeconds({ doneBy }: ResolvedStep): number | undefined {
  return doneBy && 'seconds' in doneBy ? doneBy.seconds : undefined
}

async function inspectStep(
  request: StepRequest,
  { audit = false }: Request,
  { inspect, verify, kinds }: StepInspector,
): Promise<PartialPreview> {
  const { step, plan, outputs } = request
  if (step.doneBy) return { waits: waitText(step.doneBy) }
  const unknown = outputsIn(step.fields).find(({ step: id }) => !(id in outputs))
  if (unknown)
    return { blocked: `the output ${unknown.output} of step ${unknown.step}`, after: [unknown.step] }
  try {
    const inspected = await inspect(request)
    if ('blockedOn' in inspected) {
      const { text, problem: _, ...rest } = inspected
      return { ...rest, blocked: text }
    }
    const { priorState: _, undoes: __, undoPorts: ___, because, ...found } = inspected
    const nothing = found.changes.length > 0 ? {} : { nothingToDo: because ?? 'it is as it should be' }
    const kind = kinds.get(step.kind)
    const audited = audit && kind?.shape === 'check' && kind.isAudit === true
    return { ...found, ...nothing, ...(audited ? { audit: await verify(request) } : {}) }
  } catch (error) {
    const madeBy = plan.secrets?.madeBy
    // The step that gathers the secrets reports what it lacks itself.
    if (error instanceof SecretMissing && madeBy !== undefined && madeBy !== step.step)
      return { blocked: `the secrets that step ${madeBy} gathers`, after: [madeBy] }
    if (error instanceof StepNotVerified)
      return { refused: `its audit fails: ${error.message}`, about: 'reads' }
    // A refusal of one step must not hide those of others. A host that cannot be reached stops the whole preview.
    if (error instanceof ReinstateError && error.name !== 'HostUnreachable')
      return {
        refused: error.message,
        ...(error instanceof StepRefused && { about: error.about }),
      }
    throw error
  }
}

interface InspectedStep {
  readonly phase: string
  readonly step: ResolvedStep
  readonly found: PartialPreview
  readonly token: string
  /** A command runs before this step; its effects are not declared. */
  readonly followsCommand: boolean
  readonly anyCommand: boolean
  /** The phases that are cleared before it, each with the phase that clears it. */
  readonly cleared: ReadonlyMap<string, string>
}

function stepPreview(
  { phase, step: resolved, found, token, followsCommand, anyCommand, cleared }: InspectedStep,
  effects: readonly StepEffects[],
  kind: AnyStepKind | undefined,
): StepPreview {
  const { step, title, host, cannotUndo } = resolved
  const { readsBytes, takesSeconds, blockedOn, ...known } = found
  const there = effects.filter((one) => !cleared.has(one.phase))
  const producer = blockedOn && producerOf(blockedOn, step, there)
  const gone = blockedOn && producer === undefined ? producerOf(blockedOn, step, effects) : undefined
  const rest = refuseIfNeverCreated(producer === undefined ? known : { after: [producer], ...known }, {
    followsCommand,
    ...(gone !== undefined && { gone: `${gone} creates it, and is cleared before this step` }),
  })
  const scripts = scriptSums(resolved.fields)
  const own = effects.find((one) => one.step === step)?.effects ?? []
  const isCheck = kind !== undefined && shapeOf(kind, resolved.fields) === 'check'
  const onlyReads =
    found.nothingToDo !== undefined &&
    (isCheck || (own.length > 0 && own.every(({ how }) => how === 'reads')))
  return {
    ...{ phase, step, title, host, kind: resolved.kind, changes: [] },
    ...rest,
    ...(rest.blocked !== undefined && { blocked: withoutToken(rest.blocked, token) }),
    ...(onlyReads ? { readsOnly: onlyReads } : {}),
    ...(cannotUndo === undefined ? {} : { cannotUndo }),
    ...(Object.keys(scripts).length > 0 && { scripts }),
    ...(resolved.hold && { waits: holdText(resolved.hold) }),
    seconds: (waitSeconds(resolved) ?? usualSeconds(kind, found)) + (resolved.hold?.forSeconds ?? 0),
    ...(kind?.takesLike && { takesLike: kind.takesLike }),
    ...(known.changes && !anyCommand && hasExclusiveEffects(step, effects) ? { exclusive: true } : {}),
    digestLines: digestLinesOf({ ...rest, ...(cannotUndo === undefined ? {} : { cannotUndo }) }, token),
  }
}

const SCRIPTS = ['script', 'undo', 'verify', 'unless']

/** A gate shows only the first lines of a script; its checksum covers all of them. */
function scriptSums(fields: ResolvedStep['fields']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    SCRIPTS.flatMap((name) => {
      const text = fields[name]
      if (typeof text !== 'string') return []
      return [[name, createHash('sha256').update(text).digest('hex').slice(0, 16)]]
    }),
  )
}

/** Refuses a step that is blocked on what no earlier step creates. A command's effects are not declared, so it may create it. */
function refuseIfNeverCreated(
  found: PartialPreview,
  {
    followsCommand,
    gone = 'no earlier step creates it',
  }: { readonly followsCommand: boolean; readonly gone?: string },
): PartialPreview {
  const { blocked, after, ...rest } = found
  if (blocked === undefined || after !== undefined || followsCommand) return found
  return {
    ...rest,
    refused: `precondition missing: ${blocked}; ${gone}. Check the name, or create it first`,
  }
}

type Digested = Partial<Pick<StepPreview, 'changes' | 'nothingToDo' | 'refused' | 'backup' | 'cannotUndo'>>

/** The lines that a digest covers: what was found, without what changes by itself and without the run's token. */
function digestLinesOf(
  { changes = [], nothingToDo, refused, backup, cannotUndo }: Digested,
  token: string,
): readonly string[] {
  return [
    ...changes,
    ...(nothingToDo === undefined ? [] : [`nothing to do: ${nothingToDo}`]),
    ...(refused === undefined ? [] : [`would be refused: ${refused}`]),
    ...(backup ? [`backup ${backup.path}: newest file of ${backup.newestAt}`] : []),
    ...(cannotUndo === undefined ? [] : [`cannot be undone: ${cannotUndo}`]),
  ].map((line) => withoutToken(line, token))
}

/** The same text for every run. */
function withoutToken(text: string, token: string): string {
  return text.replaceAll(token, '‹run›')
}
