import { z } from 'zod'

/**
 * A list, or a text with one item per line or commas between items, so that an input can hold a list.
 * Blank lines and lines that begin with # are ignored.
 */
export function listOf<Item extends z.ZodType>(list: z.ZodArray<Item>) {
  return z
    .preprocess((value) => (typeof value === 'string' ? itemsIn(value) : value), list)
    .meta({ listOrText: true })
}

/** Returns the items of such a text. */
export function itemsIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'))
  return lines.flatMap((line) => line.split(',').map((item) => item.trim())).filter((item) => item !== '')
}
