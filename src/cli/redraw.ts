import { printable } from './terminal.ts'
import { fitted } from './rendering/cells.ts'

/** Lines at the bottom of the terminal that are redrawn in place. */
export interface Redraw {
  readonly draw: (lines: readonly string[]) => void
  /** Leaves the last lines; later output follows below. */
  readonly keep: () => void
  /** Removes them. */
  readonly clear: () => void
}

const STATE =
  /^( *)(done|failed|running|rolling-back|waiting-for-decision|waits for a decision|undone|skipped)\b/
const COLOUR: Readonly<Record<string, string>> = {
  done: '32',
  failed: '31',
  running: '36',
  'rolling-back': '33',
  'waiting-for-decision': '33',
  'waits for a decision': '33',
  undone: '33',
  skipped: '33',
}

/** Draws at most as many lines as the terminal has, each cut to its width. */
export function redraw(terminal: NodeJS.WriteStream, { colours }: { readonly colours: boolean }): Redraw {
  let drawn = 0
  return {
    draw: (lines) => {
      const fitting = lines.slice(0, Math.max(3, (terminal.rows ?? 24) - 1))
      const shown = fitting.map((line) =>
        coloured(fitted(printable(line), (terminal.columns ?? 80) - 1), colours),
      )
      const up = drawn === 0 ? '' : `\u001b[${drawn}A`
      terminal.write(`${up}\r\u001b[J${shown.join('\n')}\n`)
      drawn = shown.length
    },
    keep: () => {
      drawn = 0
    },
    clear: () => {
      if (drawn > 0) terminal.write(`\u001b[${drawn}A\r\u001b[J`)
      drawn = 0
    },
  }
}

function coloured(line: string, colours: boolean): string {
  if (!colours) return line
  return line.replace(
    STATE,
    (_, indent: string, word: string) => `${indent}\u001b[${COLOUR[word] ?? '0'}m${word}\u001b[0m`,
  )
}
