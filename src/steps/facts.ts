import { z } from 'zod'

/** A fact that a script prints exactly once, at most once, or any number of times; a number that it prints once. */
export const once = z.tuple([z.string()]).transform(([value]) => value)
export const maybe = z
  .array(z.string())
  .max(1)
  .default([])
  .transform(([value]) => value)
export const many = z.array(z.string()).default([])
export const amount = z.tuple([z.string().regex(/^\d+$/)]).transform(([value]) => Number(value))

/**
 * Parses the output of a script: `key=value` per line, one line per value. Ignores other lines.
 * @throws ZodError where a fact does not have its declared count or form
 */
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
