import type { z } from 'zod'
import type { Path } from '../../diagnostics/places.ts'
import { holdsByName, schemaAt, type Schema } from '../../diagnostics/schema-walk.ts'

type Issue = z.core.$ZodIssue

/**
 * What is left of a value once all that a schema refuses is cut out of it: of a list the entry, of a map of names the
 * name, of anything else the field; and where that does not do, what holds it. Undefined where nothing is left.
 */
export function rightParts<Parsed>(
  schema: z.ZodType<Parsed> & Schema,
  value: unknown,
  issues: readonly Issue[],
): Parsed | undefined {
  let rest = value
  let wrong = issues
  for (let above = 0; above <= MOST_DEEP; above += 1) {
    const cuts = wrong.flatMap((issue) => cutsFor(issue, schema, above))
    rest = without(rest, cuts)
    const parsed = schema.safeParse(rest)
    if (parsed.success) return parsed.data
    wrong = parsed.error.issues
  }
  return undefined
}

// No schema of a plan has its fields deeper.
const MOST_DEEP = 5

function cutsFor(issue: Issue, schema: Schema, above: number): readonly Path[] {
  const { path } = issue
  const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path]
  return paths.map((one) => {
    const entry = one.findIndex(
      (key, index) => typeof key === 'number' || holdsByName(schemaAt(schema, one.slice(0, index))),
    )
    const whole = entry < 0 ? one : one.slice(0, entry + 1)
    return whole.slice(0, Math.max(1, whole.length - above))
  })
}

/** Undefined for a value that is cut itself. */
function without(value: unknown, cuts: readonly Path[]): unknown {
  const within = new Map<PropertyKey, Path[]>()
  for (const [key, ...rest] of cuts) {
    if (key === undefined) return undefined
    within.set(key, [...(within.get(key) ?? []), rest])
  }
  const kept = (key: PropertyKey, item: unknown): readonly [PropertyKey, unknown][] => {
    const inner = within.get(key)
    const left = inner ? without(item, inner) : item
    return left === undefined ? [] : [[key, left]]
  }
  if (within.size === 0 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.flatMap((item, index) => kept(index, item).map(([, left]) => left))
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => kept(key, item)))
}
