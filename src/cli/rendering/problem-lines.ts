import { readFileSync } from 'node:fs'
import { problemLine, type Problem } from '../../errors.ts'

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

/** The line, and carets under the word at `column`. Long lines are cut around it; nothing where there is no line. */
export function underlined(
  line: string | undefined,
  { line: number, column }: Pick<Problem, 'line' | 'column'>,
): readonly string[] {
  if (line === undefined || line.trim() === '' || column > line.length + 1) return []
  const length = lengthOfWord(line.slice(column - 1))
  const from = Math.max(0, column - 1 - Math.max(20, MOST_SHOWN - Math.min(length, MOST_SHOWN / 2)))
  const cut = line.slice(from, from + MOST_SHOWN)
  const margin = `  ${number} | `
  const before = column - 1 - from
  const carets = '^'.repeat(Math.max(1, Math.min(length, MOST_SHOWN - before)))
  return [`${margin}${shown(cut)}`, `${' '.repeat(margin.length - 2)}| ${' '.repeat(before)}${carets}`]
}

/** A word as YAML and lookups have it: in quotes, in braces, or up to a blank. */
function lengthOfWord(rest: string): number {
  const [word = ''] =
    /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'|^\$\{\{[^{}]*\}\}|^[^\s,\]}:][^\s,\]}]*?(?=:?(?:[\s,\]}]|$))/.exec(
      rest,
    ) ?? []
  return word.length
}

// Of the same width, so that the carets stand right.
function shown(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, '\u00b7')
}

function linesIn(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .replace(/^\ufeff/, '')
      .split(/\r?\n/)
  } catch {
    // What cannot be read is the problem that is told of.
    return []
  }
}
