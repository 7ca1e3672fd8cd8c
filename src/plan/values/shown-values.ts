import { z } from 'zod'
import { Secret } from '../../shell/secret.ts'
import type { AnyStepKind, JsonObject, Values } from '../../steps/step-kind.ts'
import { fillWith } from './fill-in.ts'
import { parseFields } from '../schema/kind-fields.ts'
import { keysOf, metaOf, schemaAt, type Schema } from '../../diagnostics/schema-walk.ts'

/**
 * The values of a step for a preview: what only the run knows is a word such as ‹outputs.url of web›, and a field that
 * cannot be such a word is there unparsed.
 */
export function shownValues(kind: AnyStepKind, fields: JsonObject): Values<AnyStepKind['fields']> {
  const shown = shownFields(fields)
  const parsed = parseFields(kind, shown)
  if (parsed.success) return parsed.data
  return Object.fromEntries(
    Object.entries(kind.fields).flatMap(([key, schema]) => {
      const value = asFarAsKnown(schema, shown[key])
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

/** A value parsed where it can be, also within lists and maps; what is not known yet stays a word. */
function asFarAsKnown(schema: Schema, value: unknown): unknown {
  const parsed = z.safeParse(schema, value)
  if (parsed.success) return parsed.data
  // A word that stands for a whole list is shown as its one item.
  if (typeof value === 'string') return metaOf(schema)['listOrText'] === true ? [value] : value
  if (Array.isArray(value))
    return value.map((item, index) => {
      const one = schemaAt(schema, [index])
      return one ? asFarAsKnown(one, item) : item
    })
  if (typeof value !== 'object' || value === null) return value
  const known = keysOf(schema)
  const keys = [...new Set([...Object.keys(value), ...known])]
  return Object.fromEntries(
    keys.flatMap((key) => {
      const within = schemaAt(schema, [key])
      const item = (value as Readonly<Record<string, unknown>>)[key]
      const result = within ? asFarAsKnown(within, item) : item
      return result === undefined ? [] : [[key, result]]
    }),
  )
}

/** The fields of a step with words in the places of what only the run knows. */
export function shownFields(fields: JsonObject): Readonly<Record<string, unknown>> {
  return fillWith(fields, {
    output: (step, output) => `‹outputs.${output} of ${step}›`,
    secret: () => new Secret('a secret'),
    input: (name) => `‹inputs.${name}›`,
  })
}
