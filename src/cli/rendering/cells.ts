import stringWidth from 'string-width'

/** The width of a text in terminal cells: two for a Chinese character or an emoji, none for a combining mark. */
export function cellsOf(text: string): number {
  return stringWidth(text)
}

/** The text, with spaces up to `cells` cells. */
export function padded(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellsOf(text)))
}

/** Cuts a text to `cells` cells, with an ellipsis. Grapheme clusters stay whole. */
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
