import { z } from 'zod'

/** What is read of a JSON schema; the rest of it is for scripts. */
const fieldSchema = z.looseObject({
  description: z.string().optional(),
  title: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  $ref: z.string().optional(),
  items: z.unknown().optional(),
})
const objectSchema = z.looseObject({
  properties: z.record(z.string(), fieldSchema).default({}),
  required: z.array(z.string()).default([]),
})

/** One row per field: name, type, whether it is required, meaning. */
export function fieldRows(schema: unknown): string[][] {
  const { properties, required } = objectSchema.parse(schema)
  return Object.entries(properties).map(([name, field]) => [
    name,
    typeWord(field),
    required.includes(name) ? 'required' : defaultWord(field),
    field.description ?? '',
  ])
}

/** A default duration is shown with its unit. An empty default is not shown. */
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

function typeWord(schema: z.infer<typeof fieldSchema>): string {
  const { title, type, enum: values, const: value, anyOf = [], items, $ref } = schema
  if (title !== undefined) return title
  if ($ref !== undefined) return ''
  if (anyOf.length > 0) {
    // Every field accepts a lookup, so it is not listed.
    const words = anyOf.map((one) => typeWord(fieldSchema.parse(one))).filter(Boolean)
    return [...new Set(words)].join(' | ')
  }
  if (values) return values.map(String).join(' | ')
  if (value !== undefined) return String(value)
  if (type === 'array' && items !== undefined) {
    const of = typeWord(fieldSchema.parse(items))
    return /^$|several|list|\|/.test(of) ? 'list' : `list of ${plural(of)}`
  }
  const words = (Array.isArray(type) ? type : [type ?? 'several forms']).map((word) => WORDS[word] ?? word)
  return words.join(' | ')
}

/** `paths to write`, `ids`, `maps`. */
function plural(words: string): string {
  return words.replace(/^(\S*(?: (?!to\b|of\b)\S+)*)/, '$1s')
}
