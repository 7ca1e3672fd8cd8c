import { readFileSync, statSync } from 'node:fs'
import { problemLine, type Problem } from '../../errors.ts'
import { cellsOf } from './cells.ts'

const MOST_SHOWN = 120

/**
 * Each problem as `file:line:column code message`, with its underlined source line and its hint. Suspected secrets are replaced by
 * dots, because these lines end up in CI logs.
 */
export function problemLines(problems: readonly Problem[]): readonly string[] {
  const files = new Set(problems.map(({ file }) => file))
  const sources = new Map([...files].map((file) => [file, linesIn(file)]))
  const lineOf = ({ file, line }: Problem): string | undefined => sources.get(file)?.[line - 1]
  const secrets = problems.flatMap((problem) => secretAt(problem, lineOf(problem)))
  return problems.flatMap((problem) => {
    const { file, hint, severity, ...rest } = problem
    return [
      problemLine({ ...rest, file, message: `${severity === 'warning' ? 'warning: ' : ''}${rest.message}` }),
      ...underlined(hidden(lineOf(problem), secrets), problem),
      ...(hint === undefined ? [] : [`  hint: ${hint}`]),
    ]
  })
}

/** The secret that a problem is about, as written in its line. */
function secretAt({ code, column, end }: Problem, line = ''): readonly string[] {
  if (code !== 'secret-inline' && code !== 'url-password') return []
  const rest = line.slice(column - 1)
  const text = rest.slice(0, end === undefined ? lengthOfWord(rest) : end - column)
  // In a URL with a password, the part before the password is no secret.
  const secret = code === 'url-password' ? text.replace(/^["']?[a-z][\w+.-]*:\/\/[^:]*:|@["']?$/gi, '') : text
  return secret.length < 2 ? [] : [secret]
}

function hidden(line: string | undefined, secrets: readonly string[]): string | undefined {
  return secrets.reduce((rest, secret) => rest?.replaceAll(secret, '\u2022'.repeat(secret.length)), line)
}

/** The line, with carets under the problem or under the word at `column`. Long lines are cut. Empty if there is no such line. */
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

/** A word of YAML or of a lookup: in quotes, in braces, or up to a blank. */
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
    // That the file cannot be read is itself the reported problem.
    return []
  }
}
