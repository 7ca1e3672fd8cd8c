/** At most the first `most` UTF-16 units of a text; a character that takes two is kept whole or left out. */
export function cut(text: string, most: number): string {
  const kept = text.slice(0, most)
  return kept.length < text.length && /[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept
}
