import type { z } from 'zod'
import type { Path } from '../../diagnostics/places.ts'
import { holdsByName, schemaAt, type Schema } from '../../diagnostics/schema-walk.ts'

type Issue = z.core.$ZodIssue

/**
 * Returns what remains of a value without the parts that the schema refuses: a list entry, a map entry or a field; if that
 * is not enough, what contains it. Undefined if nothing remains.
 */
export function validParts<Parsed>(
  schema: z.ZodType<Parsed> & Schema,
  value: unknown,
  issues: readonly Issue[],
): Parsed | undefined {
  let rest = value
  let wrong = issues
  for (let above = 0; above <= MAX_DEPTH; above += 1) {
    const cuts = wrong.flatMap((issue) => cutsFor(issue, schema, above))
    rest = without(rest, cuts)
    const parsed = schema.safeParse(rest)
    if (parsed.success) return parsed.data
    wrong = parsed.error.issues
  }
  return undefined
}

// Deeper than the fields of any plan schema.
const MAX_DEPTH = 5

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

/** Returns undefined if the value itself is cut. */
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
