import stringWidth from 'string-width'

/** How many cells of a terminal a text takes: a Chinese character or an emoji two, a combining mark none. */
export function cellsOf(text: string): number {
  return stringWidth(text)
}

/** The text, with spaces up to `cells` cells. */
export function padded(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellsOf(text)))
}

/** At most `cells` cells of a text, with an ellipsis where it was cut. What a person sees as one character stays whole. */
export function fitted(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text
  let kept = ''
  let used = 1
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) {
    used += cellsOf(segment)
    if (used > cells) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}
