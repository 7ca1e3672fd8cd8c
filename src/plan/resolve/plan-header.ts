import type { Json, JsonObject } from '../../steps/step-kind.ts'
import { fillNow, type Scope } from '../values/fill-now.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import { valuesOfInputs } from '../values/inputs.ts'
import { didYouMean } from '../../diagnostics/suggestions.ts'
import { parseShape, planShape, type PlanHead } from '../schema/shape.ts'

export interface HeadOptions {
  readonly inputs: Readonly<Record<string, string>>
  readonly runId: string
  /** Names of the inventory; where they are given, a plan's hosts must be among them. */
  readonly inventory?: readonly string[]
}

/** The plan without its phases. Inputs are read first: the rest may name them. */
export function headOf(
  raw: JsonObject,
  { inputs, runId, findings, inventory }: HeadOptions & { readonly findings: Diagnostics },
): { head: PlanHead; scope: Scope; hostNames: readonly string[] } {
  const silent: Diagnostics = { ...findings, at() {}, atKey() {}, atText() {} }
  const first = parseShape(planShape, raw, { at: [], findings: silent, later: () => false })
  // What is declared wrongly is declared: what names it is right.
  const inputNames = namesIn(raw['inputs'])
  if (runId.includes('${{'))
    findings.at([], { code: 'bad-run-id', message: 'the id of the run cannot hold a lookup' })
  const scope = {
    inputs: valuesOfInputs({ declared: first.inputs ?? {}, names: inputNames }, inputs, findings),
    inputNames,
    secretNames: namesIn(namedIn(raw['secrets'], 'require')),
    runId,
    renamed: new Map<string, string>(),
  }
  const fillable = Object.fromEntries(
    Object.entries(raw).filter(([key]) => key !== 'phases' && key !== 'inputs'),
  )
  const { value, references, refused } = fillNow(fillable, [], scope, findings)
  for (const { lookup, path, written } of references)
    if (lookup.is !== 'input')
      findings.atText(path, written, { code: 'lookup-too-early', message: 'is needed before this is known' })
  const filled = { ...raw, ...(value as Record<string, Json>) }
  const later = (path: readonly PropertyKey[]): boolean =>
    [...references.map((one) => one.path), ...refused].some(([key]) => key === path[0])
  const head = parseShape(planShape, filled, { at: [], findings, later })
  const hostNames = namesIn(filled['hosts'])
  for (const host of head.hosts ?? [])
    if (inventory && !inventory.includes(host))
      findings.at(['hosts', hostNames.indexOf(host)], {
        code: 'unknown-host',
        message: `the inventory has no host "${host}"`,
        ...didYouMean(host, inventory),
      })
  return { head, scope, hostNames }
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
