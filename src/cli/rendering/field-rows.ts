import { z } from 'zod'

/** What is read of a JSON schema; the rest of it is for scripts. */
const fieldSchema = z.looseObject({
  description: z.string().optional(),
  title: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  anyOf: z.array(z.looseObject({ title: z.string().optional(), type: z.unknown().optional() })).optional(),
  $ref: z.string().optional(),
})
const objectSchema = z.looseObject({
  properties: z.record(z.string(), fieldSchema).default({}),
  required: z.array(z.string()).default([]),
})

/** A row to each field: its name, what it takes, whether it must be there, and what it is for. */
export function fieldRows(schema: unknown): string[][] {
  const { properties, required } = objectSchema.parse(schema)
  return Object.entries(properties).map(([name, field]) => [
    name,
    typeWord(field),
    required.includes(name) ? 'required' : defaultWord(field),
    field.description ?? '',
  ])
}

/** A duration is written with its unit, and known in seconds. What is empty unless said needs no word. */
function defaultWord({ default: usual, title }: z.infer<typeof fieldSchema>): string {
  if (usual === undefined || ['{}', '[]'].includes(JSON.stringify(usual))) return ''
  return `default ${title === 'duration' ? `${String(usual)} seconds` : JSON.stringify(usual)}`
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  array: 'list',
  object: 'map',
  integer: 'whole number',
  boolean: 'true or false',
}

function typeWord({ title, type, enum: values, const: value, anyOf }: z.infer<typeof fieldSchema>): string {
  if (title !== undefined) return title
  // The first alternative; the other is a lookup, which may stand anywhere.
  if (anyOf?.length === 2) return typeWord(fieldSchema.parse(anyOf[0]))
  if (values) return values.map(String).join(' | ')
  if (value !== undefined) return String(value)
  const words = (Array.isArray(type) ? type : [type ?? 'several forms']).map((word) => WORDS[word] ?? word)
  return words.join(' | ')
}
