import { cellsOf, padded } from './cells.ts'

/** Lines up the cells of a table, two spaces apart; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cellsOf(cell))
    })
  }
  return rows.map((row) => {
    const cells = row.map((cell, index) =>
      index === row.length - 1 ? cell : padded(cell, widths[index] ?? 0),
    )
    return `${indent}${cells.join('  ')}`.trimEnd()
  })
}

/** The first line of a text. */
export function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
