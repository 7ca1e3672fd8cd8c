import { readFileSync, statSync } from 'node:fs'
import { problemLine, type Problem } from '../../errors.ts'
import { cellsOf } from './cells.ts'

const MOST_SHOWN = 120

/** Each problem as `file:line:column code message`, with its source line underlined and its hint. */
export function problemLines(problems: readonly Problem[]): readonly string[] {
  const sources = new Map<string, readonly string[]>()
  return problems.flatMap((problem) => {
    const { file, hint, severity, ...rest } = problem
    const lines = sources.get(file) ?? linesIn(file)
    sources.set(file, lines)
    return [
      problemLine({ ...rest, file, message: `${severity === 'warning' ? 'warning: ' : ''}${rest.message}` }),
      ...underlined(lines[problem.line - 1], problem),
      ...(hint === undefined ? [] : [`  hint: ${hint}`]),
    ]
  })
}

/** The line, and carets under what is meant, or the word at `column`. Long lines are cut around it; nothing where there is no line. */
export function underlined(
  line: string | undefined,
  { line: number, column, end }: Pick<Problem, 'line' | 'column' | 'end'>,
): readonly string[] {
  if (line === undefined || line.trim() === '' || column > line.length + 1) return []
  const length = end === undefined ? lengthOfWord(line.slice(column - 1)) : end - column
  const from = Math.max(0, column - 1 - Math.max(20, MOST_SHOWN - Math.min(length, MOST_SHOWN / 2)))
  const cut = line.slice(from, from + MOST_SHOWN)
  const margin = `  ${number} | `
  const before = column - 1 - from
  const blank = ' '.repeat(cellsOf(shown(cut.slice(0, before))))
  const carets = '^'.repeat(Math.max(1, cellsOf(shown(cut.slice(before, before + length)))))
  return [`${margin}${shown(cut)}`, `${' '.repeat(margin.length - 2)}| ${blank}${carets}`]
}

/** A word as YAML and lookups have it: in quotes, in braces, or up to a blank. */
function lengthOfWord(rest: string): number {
  const [word = ''] =
    /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'|^\$\{\{[^{}]*\}\}|^[^\s,\]}:][^\s,\]}]*?(?=:?(?:[\s,\]}]|$))/.exec(
      rest,
    ) ?? []
  return word.length
}

// What does not show is a dot; what joins the parts of an emoji shows with it.
function shown(text: string): string {
  return text.replace(
    /(\p{Extended_Pictographic}\ufe0f?(?:\u200d\p{Extended_Pictographic}\ufe0f?)*)|[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu,
    (_, emoji?: string) => emoji ?? '\u00b7',
  )
}

function linesIn(file: string): readonly string[] {
  try {
    // A pipe would be waited for.
    if (!statSync(file).isFile()) return []
    return readFileSync(file, 'utf8')
      .replace(/^\ufeff/, '')
      .split(/\r?\n/)
  } catch {
    // What cannot be read is the problem that is told of.
    return []
  }
}
