import type { Json, JsonObject } from '../../steps/step-kind.ts'
import { fillNow, type Reference, type Scope } from '../values/fill-now.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { Path } from '../../diagnostics/places.ts'
import { repetitions } from './repeat.ts'
import { parseShape, phaseShape, stepShape, type PhaseHead, type StepHead } from '../schema/shape.ts'

/** A phase or a step of a plan once `each` is written out and what is known is filled in. */
interface Draft {
  /** Unique, with the value of `each` in it. */
  readonly id: string
  /** As in the plan file. */
  readonly base: string
  readonly at: Path
}

export interface StepDraft extends Draft {
  readonly head: StepHead
  /** The kind's own fields, and the lookups in them that wait for the run. */
  readonly fields: JsonObject
  readonly references: readonly Reference[]
  /** The way to texts that something was said against already. */
  readonly refused: readonly Path[]
  readonly scope: Scope
}

export interface PhaseDraft extends Draft {
  readonly head: PhaseHead
  /** Also where the gate itself is not right. */
  readonly isGated: boolean
  readonly steps: readonly StepDraft[]
}

const MAX_ID = 100
const NEVER_FILLED = ['phase', 'step', 'steps', 'kind', 'needs', 'each']

/** Repeats, fills in and parses the phases of a plan file. Tells of what is wrong and drafts the rest. */
export function draftPhases(
  phases: readonly unknown[],
  scope: Scope,
  findings: Diagnostics,
): readonly PhaseDraft[] {
  return phases.flatMap((raw, index) => {
    const at = ['phases', index]
    if (!isMap(raw, at, findings)) return []
    return repetitions(raw, at, findings).map(({ value, suffix }) => {
      const head = fillHead(raw, {
        at,
        findings,
        scope: { ...scope, ...(value === undefined ? {} : { each: value }) },
      })
      const base = typeof raw['phase'] === 'string' ? raw['phase'] : nameless('phase', at, findings)
      const steps = Array.isArray(raw['steps']) ? (raw['steps'] as readonly Json[]) : []
      const within = { ...head.scope, renamed: renamed(steps, suffix) }
      return {
        id: idOf(base, suffix, [...at, 'phase'], findings),
        base,
        at,
        head: parseShape(phaseShape, head.filled, { at, findings, later: head.later }),
        isGated: raw['gate'] !== undefined,
        steps: steps.flatMap((step, number) =>
          draftSteps(step, { at: [...at, 'steps', number], suffix, scope: within, findings }),
        ),
      }
    })
  })
}

function draftSteps(
  raw: unknown,
  about: { at: Path; suffix: string | undefined; scope: Scope; findings: Diagnostics },
): readonly StepDraft[] {
  const { at, findings } = about
  if (!isMap(raw, at, findings)) return []
  const repeatedTwice = about.suffix !== undefined && raw['each'] !== undefined
  if (repeatedTwice)
    findings.atKey([...at, 'each'], {
      code: 'each-in-each',
      message: 'the phase is repeated too, so each would mean two things',
      hint: 'repeat one of them',
    })
  const times = repeatedTwice ? [{}] : repetitions(raw, at, findings)
  return times.map(({ value, suffix = about.suffix }) => {
    const scope = value === undefined ? about.scope : { ...about.scope, each: value }
    const { filled, references, refused, later } = fillHead(raw, { at, findings, scope })
    const base = typeof raw['step'] === 'string' ? raw['step'] : nameless('step', at, findings)
    const common = Object.entries(filled).filter(([key]) => key in stepShape.shape)
    const fields = Object.entries(filled).filter(([key]) => !(key in stepShape.shape))
    return {
      id: idOf(base, suffix, [...at, 'step'], findings),
      base,
      at,
      head: parseShape(stepShape, Object.fromEntries(common), { at, findings, later }),
      fields: Object.fromEntries(fields),
      references: references.filter(({ path }) => !(String(path[0]) in stepShape.shape)),
      refused,
      scope,
    }
  })
}

/** What a phase or step without an id is called where it is told of: no word that could be typed. */
function nameless(what: 'phase' | 'step', at: Path, findings: Diagnostics): string {
  return `‹${what} of line ${findings.place(at).line}›`
}

/** Fills in a phase or a step. What the run gives may stand in a kind's own fields only. */
function fillHead(
  raw: JsonObject,
  { at, findings, scope }: { at: Path; findings: Diagnostics; scope: Scope },
): {
  filled: JsonObject
  references: readonly Reference[]
  refused: readonly Path[]
  later: (path: Path) => boolean
  scope: Scope
} {
  const fillable = Object.fromEntries(Object.entries(raw).filter(([key]) => !NEVER_FILLED.includes(key)))
  const { value, references, refused } = fillNow(fillable, at, scope, findings)
  const unknown = [...references.map(({ path }) => path), ...refused]
  const isPhase = 'steps' in raw
  const tooEarly = references.filter(
    ({ lookup, path }) => lookup.is !== 'input' && (isPhase || String(path[0]) in stepShape.shape),
  )
  for (const { path, written } of tooEarly)
    findings.atText([...at, ...path], written, {
      code: 'lookup-too-early',
      message: `${String(path[0])} is needed before this is known`,
      hint: 'outputs of steps and secrets can stand in the fields of a kind',
    })
  return {
    filled: { ...raw, ...(value as JsonObject) },
    references,
    refused,
    later: (path) => unknown.some(([key]) => key === path[0]),
    scope,
  }
}

/** In a repeated phase, a step's id in the file means the one of the same repetition. */
function renamed(steps: readonly Json[], suffix: string | undefined): ReadonlyMap<string, string> {
  if (suffix === undefined) return new Map()
  const ids = steps.flatMap((step) =>
    step !== null && typeof step === 'object' && 'step' in step ? [String(step.step)] : [],
  )
  return new Map(ids.map((id) => [id, `${id}.${suffix}`]))
}

function idOf(base: string, suffix: string | undefined, at: Path, findings: Diagnostics): string {
  const id = suffix === undefined ? base : `${base}.${suffix}`
  if (id.length > MAX_ID)
    findings.at(at, {
      code: 'id-too-long',
      message: `the id ${id} is longer than ${MAX_ID} characters`,
      hint: 'shorten it, or the value of each',
    })
  return id
}

function isMap(raw: unknown, at: Path, findings: Diagnostics): raw is JsonObject {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return true
  findings.at(at, {
    code: 'bad-value',
    message: `a ${at.includes('steps') ? 'step' : 'phase'} must be a map of fields, not ${raw === null ? 'empty' : Array.isArray(raw) ? 'a list' : 'a text'}`,
    hint: at.includes('steps') ? 'begin with step: and kind:' : 'begin with phase: and steps:',
  })
  return false
}
