import { z } from 'zod'
import { Secret } from '../../shell/secret.ts'
import type { AnyStepKind, JsonObject, Values } from '../../steps/step-kind.ts'
import { fillWith } from './fill-in.ts'
import { lookupsIn, mapTexts, type Lookup } from './lookups.ts'
import { parseFields } from '../schema/kind-fields.ts'
import { keysOf, metaOf, schemaAt, type Schema } from '../../diagnostics/schema-walk.ts'

/** A value that only the run knows, and its placeholder in a text: ‹outputs.url of web›. */
export interface Unknown {
  readonly lookup: Lookup & { readonly is: 'output' | 'input' }
  readonly shown: string
}

/** Returns the values in a step's fields that only the run knows. */
export function unknownsIn(fields: JsonObject): readonly Unknown[] {
  const found: Unknown[] = []
  mapTexts(fields, (text) => {
    for (const { lookup } of lookupsIn(text))
      if (lookup.is === 'output' || lookup.is === 'input') found.push({ lookup, shown: shownAs(lookup) })
  })
  return found
}

function shownAs(lookup: Unknown['lookup']): string {
  return lookup.is === 'output' ? `‹outputs.${lookup.output} of ${lookup.step}›` : `‹inputs.${lookup.name}›`
}

/**
 * Returns a step's values for a preview: a placeholder such as ‹outputs.url of web› stands for each value that only the run
 * knows. A field that does not accept a placeholder stays unparsed.
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

/** Parses a value as far as possible, also inside lists and maps; unknown values stay placeholders. */
function asFarAsKnown(schema: Schema, value: unknown): unknown {
  const parsed = z.safeParse(schema, value)
  if (parsed.success) return parsed.data
  // A placeholder for a whole list is shown as its one item.
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

/** Returns a step's fields with placeholders for what only the run knows. */
export function shownFields(fields: JsonObject): Readonly<Record<string, unknown>> {
  return fillWith(fields, {
    output: (step, output) => shownAs({ is: 'output', step, output }),
    secret: () => new Secret('a secret'),
    input: (name) => shownAs({ is: 'input', name }),
  })
}
