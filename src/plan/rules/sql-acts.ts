import type { Act } from './act.ts'
import type { Source } from './sources.ts'
import { sqlMatches, sqlOf } from './sql-texts.ts'

/** Statements after which rows are gone: what can be made again, such as an index, is none of it. */
const REMOVES =
  /(?:^|[;\n])\s*(?:drop\s+(?:database|schema|(?:foreign\s+)?table|materialized\s+view|tablespace|owned\s+by)\s+(?:if\s+exists\s+)?([\w."$-]+)|truncate\s+(?:table\s+)?(?:only\s+)?(?!-)([\w."$-]+)|delete\s+from\s+(?:only\s+)?([\w."$-]+)(?=\s*(?:;|$|returning\b))|alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w."$-]+)\s+(?:[^;]*,\s*)?drop\s+(?:column\b|(?!constraint|default|not|identity|expression|index|foreign|primary|column)\w))/gi
const SCRATCH = /^(tmp|temp|scratch|test)([_-]|$)|[_-](tmp|temp|scratch|test)$/i

/** What the SQL in a script removes for good. */
export function removedBySql(source: Source): readonly Act[] {
  if (sqlOf([{ ...source.step, files: [], values: { script: source.text } }]).length === 0) return []
  return sqlMatches(source, REMOVES).flatMap(({ groups }) => {
    const written = groups.slice(1).find((name) => name !== undefined) ?? ''
    const name = written.replaceAll('"', '')
    const before = source.text.slice(0, groups.index)
    const own = new RegExp(
      `\\bcreate\\s+[\\w\\s]*?(table|database|schema|view)\\s+(if\\s+not\\s+exists\\s+)?"?${name.replace(/[^\w]/g, '.')}\\b`,
      'i',
    )
    if (SCRATCH.test(name) || own.test(before)) return []
    const offset = groups[0].search(/[a-z]/i)
    const text =
      source.text.slice(groups.index + offset, groups.index + groups[0].length).split('\n')[0] ?? ''
    return { how: 'deletes', what: 'database', name, text }
  })
}
