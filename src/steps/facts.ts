import { z } from 'zod'

/** A fact that is printed exactly once, at most once, or any number of times; a number that is printed once. */
export const once = z.tuple([z.string()]).transform(([value]) => value)
export const maybe = z
  .array(z.string())
  .max(1)
  .default([])
  .transform(([value]) => value)
export const many = z.array(z.string()).default([])
export const amount = z.tuple([z.string().regex(/^\d+$/)]).transform(([value]) => Number(value))

/** Parses what a script printed: `key=value` to a line, a key as often as it has values. Other lines are passed over. */
export function readFacts<Shape extends z.ZodRawShape>(
  output: string,
  shape: Shape,
): z.infer<z.ZodObject<Shape>> {
  const found = new Map<string, string[]>()
  for (const line of output.split('\n')) {
    const [, key, value] = /^([a-zA-Z0-9]+)=(.*)$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) found.set(key, [...(found.get(key) ?? []), value])
  }
  return z.object(shape).parse(Object.fromEntries(found))
}
