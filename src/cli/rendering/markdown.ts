import { unescaped } from '../../workflows/text.ts'

/** Renders Markdown for a terminal; gates and failures are written for the Temporal UI. */
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
