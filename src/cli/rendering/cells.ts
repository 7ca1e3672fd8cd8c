const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/u

/** How many cells of a terminal a text takes: a Chinese character or an emoji two, an accent on a letter none. */
export function cellsOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  const seen = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)]
  return seen.reduce((cells, { segment }) => cells + (WIDE.test(segment) ? 2 : 1), 0)
}
