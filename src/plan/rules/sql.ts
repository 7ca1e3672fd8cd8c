import type { StepView } from './rule.ts'
import { scriptsOf, textIn, type Source } from './sources.ts'

const PROGRAMS = /\b(psql|mysql|mariadb|sqlite3)\b/
const STATEMENT =
  /\b(select|create|alter|insert|update|delete|drop|truncate|refresh|grant|revoke|with|vacuum)\s+\S/i

/** Returns the sources that hold SQL: queries, embedded files, and scripts that call a database client. */
export function sqlOf(steps: readonly StepView[]): readonly Source[] {
  return steps.flatMap((step) => [
    ...scriptsOf(step).filter(({ text }) => PROGRAMS.test(text)),
    ...textIn(step, 'query'),
    ...step.files
      .filter(({ name }) => name.endsWith('.sql'))
      .map((file) => ({ step, file, text: file.text })),
  ])
}

/** Returns the file `up` or `down` of a step that migrates a database, if it has one. */
export function migrationIn(step: StepView, field: 'up' | 'down'): Source | undefined {
  const named = step.traits.migrates ? step.values[field] : undefined
  const name = typeof named === 'object' && named !== null && 'name' in named ? named.name : undefined
  const file = step.files.find((one) => one.name === name)
  return file && { step, file, text: file.text }
}

/** Returns SQL with comments and literals blanked; offsets stay. */
export function bareSql({ text, field, file }: Source): string {
  const isSql = field === 'query' || file?.name.endsWith('.sql') === true
  return isSql ? withoutLiterals(text) : inShell(text)
}

/** Returns the matches of an expression in SQL, as written. */
export function sqlMatches(
  source: Source,
  expression: RegExp,
): readonly { readonly text: string; readonly groups: RegExpExecArray }[] {
  return [...bareSql(source).matchAll(expression)].map((groups) => ({
    text: source.text.slice(groups.index, groups.index + groups[0].length).split('\n')[0] ?? '',
    groups,
  }))
}

/** In a shell script, quotes hold whole statements, and the call of a client ends the statement before it. */
function inShell(text: string): string {
  return text
    .replace(/(?:^|[\n;])[ \t]*(?:--|#)[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\[\s\S])*"|'[^']*'/g, (found) => {
      if (!/^["']/.test(found)) return found.charAt(0).replace(/[^\n;]/, ' ') + blank(found.slice(1))
      if (!STATEMENT.test(found)) return found.startsWith('"') ? found : blank(found)
      const inside = found.slice(1, -1)
      return `;${found.startsWith('"') ? withoutLiterals(inside) : inside.replace(/--[^\n]*/g, blank)};`
    })
    .replace(/(?:\n|&&|\|\|?)(?=[^\n;]*\b(?:psql|mysql|mariadb|sqlite3)\b)/g, (joint) => `;${joint.slice(1)}`)
}

function withoutLiterals(text: string): string {
  return text.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\n]|'')*'/g, blank)
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}
