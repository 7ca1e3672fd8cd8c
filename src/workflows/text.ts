/** Cuts texts for people, and escapes them: text of plans and hosts cannot add Markdown of its own. Pure. */

/** At most the first `most` UTF-16 units of a text. A character of two units is kept whole or dropped. */
export function cut(text: string, most: number): string {
  const kept = text.slice(0, most)
  return kept.length < text.length && /[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept
}

/** The first line of a text, at most 400 characters: cut at a blank, and then it says so. */
export function firstLine(text: string): string {
  const line = text.split('\n')[0] ?? ''
  return line.length <= 400 ? line : `${cut(line, 400).replace(/\s+\S*$/, '')} …`
}

export function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

/** Adds a full stop, unless the text ends with one. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

/** Text as one line of Markdown that is shown as it is: it starts no heading, link, image, tag, code or table cell. */
export function escaped(text: string): string {
  return (
    text
      .replace(/\s*[\n\r]\s*/g, ' ')
      .replace(/[\\`*[\]#|~<>!]/g, '\\$&')
      // Markdown reads an underscore within a word as it is.
      .replace(/(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])/g, '\\_')
      // The Temporal UI makes a dash of two hyphens, and a command that is copied then fails.
      .replace(/(?<=^|\s)--[a-z][a-z-]*/g, '`$&`')
  )
}

/** The inverse of `escaped`, for a terminal. */
export function unescaped(markdown: string): string {
  return markdown.replace(/(?<!\\)`(--[a-z][a-z-]*)`/g, '$1').replace(/\\([\\`*[\]#|~<>!_])/g, '$1')
}

/** Renders Markdown as plain text, for terminals and messages; gates and failures are written for the Temporal UI. */
export function plainLines(lines: readonly string[]): string[] {
  let fence: string | undefined
  return lines
    .flatMap((line) => line.split('\n'))
    .flatMap((line) => {
      const mark = line.trim()
      if (fence === undefined && /^`{3,}$/.test(mark)) {
        fence = mark
        return []
      }
      if (mark === fence) {
        fence = undefined
        return []
      }
      // An escaped asterisk is text.
      return [
        fence === undefined ? unescaped(line.replace(/(?<!\\)\*\*(.+?)(?<!\\)\*\*/g, '$1')) : `  ${line}`,
      ]
    })
}

/** Text in a fenced block, each line indented by `indent`. No line of the text can end the fence. */
export function fenced(text: string | readonly string[], indent = ''): readonly string[] {
  const lines = (typeof text === 'string' ? [text] : text).flatMap((line) => line.split(/\r\n|[\n\r]/))
  const fence = fenceFor(lines.join('\n'), 3)
  return [fence, ...lines, fence].map((line) => `${indent}${line}`)
}

/** Backticks, longer than any run of backticks in the content. */
export function fenceFor(content: string, atLeast: number): string {
  const longest = Math.max(0, ...[...content.matchAll(/`+/g)].map(([run]) => run.length))
  return '`'.repeat(Math.max(atLeast, longest + 1))
}
