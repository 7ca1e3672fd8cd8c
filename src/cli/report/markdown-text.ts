import { printable } from '../terminal.ts'

/** Text that may stand anywhere in Markdown, in a table too: it is shown as it is, and starts nothing. One line. */
export function text(value: string): string {
  return (
    printable(value)
      .replace(/\s*\n\s*/g, ' ')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replace(/[\\`*[\]#|~>]/g, '\\$&')
      // Within a word it is only an underscore.
      .replace(/(?<![a-zA-Z0-9])_|_(?![a-zA-Z0-9])/g, '\\_')
  )
}

/** A short code, whatever it holds; in a table too. One line. */
export function code(value: string): string {
  const line = printable(value).replace(/\s*\n\s*/g, ' ')
  const fence = fenceFor(line, 1)
  const pad = line.startsWith('`') || line.endsWith('`') || line === '' ? ' ' : ''
  return `${fence}${pad}${line.replaceAll('|', '\\|')}${pad}${fence}`
}

/** Lines as they are, in a block of their own. */
export function block(lines: readonly string[]): string[] {
  const body = lines.map(printable)
  const fence = fenceFor(body.join('\n'), 3)
  return [fence, ...body, fence]
}

/** A table; its cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}

/** Longer than any run of backticks inside. */
function fenceFor(content: string, atLeast: number): string {
  const longest = Math.max(0, ...[...content.matchAll(/`+/g)].map(([run]) => run.length))
  return '`'.repeat(Math.max(atLeast, longest + 1))
}
