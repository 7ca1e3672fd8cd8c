import { z } from 'zod'
import type { AnyStepKind } from '../../steps/step-kind.ts'

type FieldsSchema = z.ZodObject<AnyStepKind['fields'], z.core.$strict>

// Zod compiles a schema at its first use, which takes longer than a parse.
const made = new WeakMap<AnyStepKind, FieldsSchema>()

/** Returns the strict schema of a kind's fields. */
export function schemaOf(kind: AnyStepKind): FieldsSchema {
  const schema = made.get(kind) ?? z.strictObject(kind.fields)
  made.set(kind, schema)
  return schema
}

/** Parses filled-in fields. Text is converted where a number or a boolean is expected: lookups give text. */
export function parseFields(
  kind: AnyStepKind,
  fields: Readonly<Record<string, unknown>>,
): z.ZodSafeParseResult<Record<string, unknown>> {
  const schema = schemaOf(kind)
  const parsed = schema.safeParse(fields)
  if (parsed.success) return parsed
  const wanted = parsed.error.issues.filter((issue) => issue.code === 'invalid_type')
  if (wanted.length === 0) return parsed
  const converted = wanted.reduce<unknown>(
    (value, { path, expected }) => convertAt(value, path, expected),
    fields,
  )
  return schema.safeParse(converted)
}

function convertAt(value: unknown, path: readonly PropertyKey[], expected: string): unknown {
  const [key, ...rest] = path
  if (key === undefined) return convert(value, expected)
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === key ? convertAt(item, rest, expected) : item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === key ? convertAt(item, rest, expected) : item,
    ]),
  )
}

function convert(value: unknown, expected: string): unknown {
  if (typeof value !== 'string') return value
  if ((expected === 'number' || expected === 'int') && String(Number(value)) === value) return Number(value)
  if (expected === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return value
}
