import type { Json, JsonObject } from '../../steps/step-kind.ts'
import { fillNow, type Reference, type Scope } from '../values/fill-now.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { Path } from '../../diagnostics/places.ts'
import { parseShape, phaseShape, stepShape, type PhaseHeader, type StepHeader } from '../schema/shape.ts'

/** A phase or a step of a plan file after `each` is expanded and known values are filled in. */
interface Draft {
  /** Unique, including the value of `each`. */
  readonly id: string
  /** As in the plan file. */
  readonly base: string
  readonly at: Path
}

export interface StepDraft extends Draft {
  readonly header: StepHeader
  /** The kind's own fields, and the lookups in them that only the run can fill in. */
  readonly fields: JsonObject
  /** All fields as written, before any lookup is filled in. */
  readonly written: JsonObject
  readonly references: readonly Reference[]
  /** Paths of texts that are reported already. */
  readonly refused: readonly Path[]
  readonly scope: Scope
}

export interface PhaseDraft extends Draft {
  readonly header: PhaseHeader
  /** True also if the gate itself is invalid. */
  readonly isGated: boolean
  readonly steps: readonly StepDraft[]
}

const MAX_ID = 100
const NEVER_FILLED = ['phase', 'step', 'steps', 'kind', 'needs', 'clears', 'each']

/** Expands, fills in and parses the phases of a plan file. Reports problems and drafts the rest. */
export function draftPhases(
  phases: readonly unknown[],
  scope: Scope,
  diagnostics: Diagnostics,
): readonly PhaseDraft[] {
  return phases.flatMap((raw, index) => {
    const at = ['phases', index]
    if (!isMap(raw, at, diagnostics)) return []
    return repetitions(raw, at, diagnostics).map(({ value, suffix }) => {
      const header = fillHeader(raw, {
        at,
        diagnostics,
        scope: { ...scope, ...(value === undefined ? {} : { each: value }) },
      })
      const base = typeof raw['phase'] === 'string' ? raw['phase'] : nameless('phase', at, diagnostics)
      const steps = Array.isArray(raw['steps']) ? (raw['steps'] as readonly Json[]) : []
      const within = { ...header.scope, renamed: renamed(steps, suffix) }
      return {
        id: idOf(base, suffix, [...at, 'phase'], diagnostics),
        base,
        at,
        header: parseShape(phaseShape, header.filled, { at, diagnostics, later: header.later }),
        isGated: raw['gate'] !== undefined,
        steps: steps.flatMap((step, number) =>
          draftSteps(step, { at: [...at, 'steps', number], suffix, scope: within, diagnostics }),
        ),
      }
    })
  })
}

function draftSteps(
  raw: unknown,
  about: { at: Path; suffix: string | undefined; scope: Scope; diagnostics: Diagnostics },
): readonly StepDraft[] {
  const { at, diagnostics } = about
  if (!isMap(raw, at, diagnostics)) return []
  const repeatedTwice = about.suffix !== undefined && raw['each'] !== undefined
  if (repeatedTwice)
    diagnostics.atKey([...at, 'each'], {
      code: 'each-in-each',
      message: 'the phase is repeated too, so ${{ each }} would be ambiguous',
      hint: 'repeat the phase or the step, not both',
    })
  const times = repeatedTwice ? [{}] : repetitions(raw, at, diagnostics)
  return times.map(({ value, suffix = about.suffix }) => {
    const scope = value === undefined ? about.scope : { ...about.scope, each: value }
    const { filled, references, refused, later } = fillHeader(raw, { at, diagnostics, scope })
    const base = typeof raw['step'] === 'string' ? raw['step'] : nameless('step', at, diagnostics)
    const common = Object.entries(filled).filter(([key]) => key in stepShape.shape)
    const fields = Object.entries(filled).filter(([key]) => !(key in stepShape.shape))
    return {
      id: idOf(base, suffix, [...at, 'step'], diagnostics),
      base,
      at,
      header: parseShape(stepShape, Object.fromEntries(common), { at, diagnostics, later }),
      fields: Object.fromEntries(fields),
      written: raw,
      references: references.filter(({ path }) => !(String(path[0]) in stepShape.shape)),
      refused,
      scope,
    }
  })
}

/** The id shown for a phase or step that has none. It cannot be typed, so it cannot collide. */
function nameless(what: 'phase' | 'step', at: Path, diagnostics: Diagnostics): string {
  return `‹${what} of line ${diagnostics.place(at).line}›`
}

/** Fills in a phase or a step. Values that only the run knows are allowed in a kind's own fields only. */
function fillHeader(
  raw: JsonObject,
  { at, diagnostics, scope }: { at: Path; diagnostics: Diagnostics; scope: Scope },
): {
  filled: JsonObject
  references: readonly Reference[]
  refused: readonly Path[]
  later: (path: Path) => boolean
  scope: Scope
} {
  const fillable = Object.fromEntries(Object.entries(raw).filter(([key]) => !NEVER_FILLED.includes(key)))
  const { value, references, refused } = fillNow(fillable, at, scope, diagnostics)
  const unknown = [...references.map(({ path }) => path), ...refused]
  const isPhase = 'steps' in raw
  const tooEarly = references.filter(
    ({ lookup, path }) => lookup.is !== 'input' && (isPhase || String(path[0]) in stepShape.shape),
  )
  for (const { path, written } of tooEarly)
    diagnostics.atText([...at, ...path], written, {
      code: 'lookup-too-early',
      message: `${String(path[0])} is read before the run starts, and this is known only in the run`,
      hint: 'outputs and secrets are allowed only in the own fields of a kind',
    })
  return {
    filled: { ...raw, ...(value as JsonObject) },
    references,
    refused,
    later: (path) => unknown.some(([key]) => key === path[0]),
    scope,
  }
}

/** Maps the step ids of a repeated phase to their ids in this repetition. */
function renamed(steps: readonly Json[], suffix: string | undefined): ReadonlyMap<string, string> {
  if (suffix === undefined) return new Map()
  const ids = steps.flatMap((step) =>
    step !== null && typeof step === 'object' && 'step' in step ? [String(step.step)] : [],
  )
  return new Map(ids.map((id) => [id, `${id}.${suffix}`]))
}

function idOf(base: string, suffix: string | undefined, at: Path, diagnostics: Diagnostics): string {
  const id = suffix === undefined ? base : `${base}.${suffix}`
  if (id.length > MAX_ID)
    diagnostics.at(at, {
      code: 'id-too-long',
      message: `the id ${id} is longer than ${MAX_ID} characters`,
      hint: 'shorten it, or the value of each',
    })
  return id
}

function isMap(raw: unknown, at: Path, diagnostics: Diagnostics): raw is JsonObject {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return true
  diagnostics.at(at, {
    code: 'bad-value',
    message: `a ${at.includes('steps') ? 'step' : 'phase'} must be a map of fields, not ${raw === null ? 'empty' : Array.isArray(raw) ? 'a list' : 'a text'}`,
    hint: at.includes('steps') ? 'start with step: and kind:' : 'start with phase: and steps:',
  })
  return false
}

/** One repetition of a phase or step; without `each`, the only one. */
export interface Repetition {
  readonly value?: string
  /** The value as part of an id. */
  readonly suffix?: string
}

/** Returns the values of `each`. Reports and drops invalid ones; a value that is no list is left to the schema. */
export function repetitions(raw: JsonObject, at: Path, diagnostics: Diagnostics): readonly Repetition[] {
  const { each } = raw
  if (!Array.isArray(each) || each.length === 0) return [{}]
  const seen = new Map<string, string>()
  const found: Repetition[] = []
  for (const [index, value] of each.entries()) {
    if (typeof value !== 'string') continue
    const here = [...at, 'each', index]
    const suffix = slug(value)
    const other = seen.get(suffix)
    if (value.includes('${{'))
      diagnostics.at(here, { code: 'lookup-in-each', message: 'a value of each cannot hold a lookup' })
    else if (suffix === '')
      diagnostics.at(here, {
        code: 'bad-each',
        message: `"${value}" has no letter or digit, so no id can be made from it`,
      })
    else if (other !== undefined)
      diagnostics.at(here, {
        code: 'each-collision',
        message: `"${value}" and "${other}" give the same id, ${suffix}`,
      })
    else {
      seen.set(suffix, value)
      found.push({ value, suffix })
    }
  }
  // Without a valid value, the phase or step is still checked, once.
  return found.length === 0 ? [{ value: '', suffix: 'each' }] : found
}

function slug(value: string): string {
  return value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
