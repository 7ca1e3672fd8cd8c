import { z } from 'zod'

/**
 * A list that may also be given as one text with an item to a line, or with commas between: so that an input, which is
 * text, can be a whole list. Blank lines and lines that begin with # are left out.
 */
export function listOf<Item extends z.ZodType>(list: z.ZodArray<Item>) {
  return z
    .preprocess((value) => (typeof value === 'string' ? itemsIn(value) : value), list)
    .meta({ listOrText: true })
}

/** The items of such a text. */
export function itemsIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'))
  return lines.flatMap((line) => line.split(',').map((item) => item.trim())).filter((item) => item !== '')
}
