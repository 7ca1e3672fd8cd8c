type Check = (value: unknown) => string | undefined
type Shape = Readonly<Record<string, { readonly check: Check; readonly optional?: true }>>

const text =
  (longest: number): Check =>
  (value) =>
    typeof value === 'string' && value.trim() !== '' && value.length <= longest
      ? undefined
      : `must be a text of 1 to ${longest} characters`
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string) ? undefined : `must be one of ${words.join(', ')}`
const share: Check = (value) =>
  typeof value === 'number' && value >= 0 && value <= 1 ? undefined : 'must be a number from 0 to 1'
const id: Check = (value) =>
  typeof value === 'string' && /^[\w.-]{1,100}$/.test(value)
    ? undefined
    : 'must be 1 to 100 letters, digits, "_", "." or "-"'

/** The collections of the service and the fields of their documents. A client may choose the id. */
export const collections = {
  agents: {
    id: { check: id, optional: true },
    name: { check: text(100) },
    description: { check: text(10_000), optional: true },
  },
  evolutions: {
    id: { check: id, optional: true },
    agent: { check: id },
    change: { check: text(10_000) },
    score: { check: share, optional: true },
  },
  sync: {
    id: { check: id, optional: true },
    agent: { check: id },
    state: { check: oneOf('started', 'completed', 'failed') },
  },
} as const satisfies Readonly<Record<string, Shape>>

export type CollectionName = keyof typeof collections

/** Returns a line for each problem of a document that a client sent; none if it is valid. */
export function problemsOf(collection: CollectionName, body: unknown): string[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return ['must be a JSON object']
  const shape: Shape = collections[collection]
  const fields = new Map(Object.entries(body))
  return [
    ...[...fields.keys()]
      .filter((field) => !Object.hasOwn(shape, field))
      .map((field) => `${field}: unknown field`),
    ...Object.entries(shape).flatMap(([field, { check, optional }]) => {
      if (!fields.has(field)) return optional ? [] : [`${field}: missing`]
      const problem = check(fields.get(field))
      return problem === undefined ? [] : [`${field}: ${problem}`]
    }),
  ]
}
