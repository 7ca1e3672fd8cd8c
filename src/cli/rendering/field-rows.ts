import { z } from 'zod'

/** What is read of a JSON schema; the rest of it is for scripts. */
const fieldSchema = z.looseObject({
  description: z.string().optional(),
  title: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
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
    required.includes(name)
      ? 'required'
      : field.default === undefined
        ? ''
        : `default ${JSON.stringify(field.default)}`,
    field.description ?? '',
  ])
}

function typeWord({ title, type, enum: values, const: value }: z.infer<typeof fieldSchema>): string {
  if (title !== undefined) return title
  if (values) return values.map(String).join(' | ')
  if (value !== undefined) return String(value)
  return Array.isArray(type) ? type.join(' | ') : (type ?? 'several forms')
}
