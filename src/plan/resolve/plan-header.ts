import type { Json, JsonObject } from '../../steps/step-kind.ts'
import { fillNow, type Scope } from '../values/fill-now.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { valuesOfInputs } from '../values/inputs.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { parseShape, planShape, type PlanHeader } from '../schema/shape.ts'

export interface HeaderOptions {
  readonly inputs: Readonly<Record<string, string>>
  readonly runId: string
  /** Names of the inventory. If given, the plan's hosts must be among them. */
  readonly inventory?: readonly string[]
}

/** Parses the plan without its phases. Inputs come first: other fields may look them up. */
export function parseHeader(
  raw: JsonObject,
  { inputs, runId, diagnostics, inventory }: HeaderOptions & { readonly diagnostics: Diagnostics },
): { header: PlanHeader; scope: Scope; hostNames: readonly string[] } {
  const silent: Diagnostics = { ...diagnostics, at() {}, atKey() {}, atText() {} }
  const first = parseShape(planShape, raw, { at: [], diagnostics: silent, later: () => false })
  // An input whose declaration is invalid is still declared.
  const inputNames = namesIn(raw['inputs'])
  if (runId.includes('${{'))
    diagnostics.at([], { code: 'bad-run-id', message: 'the run id cannot hold a lookup' })
  const scope = {
    inputs: valuesOfInputs({ declared: first.inputs ?? {}, names: inputNames }, inputs, diagnostics),
    inputNames,
    secretNames: namesIn(namedIn(raw['secrets'], 'require')),
    runId,
    renamed: new Map<string, string>(),
  }
  const fillable = Object.fromEntries(
    Object.entries(raw).filter(([key]) => key !== 'phases' && key !== 'inputs'),
  )
  const { value, references, refused } = fillNow(fillable, [], scope, diagnostics)
  for (const { lookup, path, written } of references)
    if (lookup.is !== 'input')
      diagnostics.atText(path, written, {
        code: 'lookup-too-early',
        message: 'is read before the run starts, and this is known only in the run',
      })
  const filled = { ...raw, ...(value as Record<string, Json>) }
  const later = (path: readonly PropertyKey[]): boolean =>
    [...references.map((one) => one.path), ...refused].some(([key]) => key === path[0])
  const header = parseShape(planShape, filled, { at: [], diagnostics, later })
  const hostNames = namesIn(filled['hosts'])
  for (const host of header.hosts ?? [])
    if (inventory && !inventory.includes(host))
      diagnostics.at(['hosts', hostNames.indexOf(host)], {
        code: 'unknown-host',
        message: `the inventory has no host "${host}"`,
        ...didYouMean(host, inventory),
      })
  return { header, scope, hostNames }
}

/** The names of a map, or the texts of a list. */
function namesIn(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string')
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

function namedIn(value: Json | undefined, key: string): Json | undefined {
  // Neither a list nor null is a map.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)[key]
    : undefined
}
