import type { Rule } from './rule.ts'
import { foundIn } from './sources.ts'
import { bareSql, sqlMatches, sqlOf } from './sql.ts'

export const refreshWithoutIndex: Rule = {
  id: 'R036',
  name: 'refresh-without-index',
  severity: 'error',
  title: 'A materialized view is made and refreshed concurrently, without a unique index',
  why: 'PostgreSQL refuses to refresh it concurrently: the first refresh fails, mostly at night.',
  fix: 'Create a unique index on it, or refresh without concurrently.',
  example: {
    wrong: `refresh materialized view concurrently totals;`,
    right: `create unique index totals_agent on totals (agent);`,
  },
  find: ({ steps }) => {
    const sources = sqlOf(steps)
    const all = sources.map(bareSql).join('\n;\n')
    return sources.flatMap((source) =>
      sqlMatches(source, /\brefresh\s+materialized\s+view\s+concurrently\s+([\w."]+)/gi).flatMap(
        ({ text, groups }) => {
          const view = (groups[1] ?? '').replace(/^.*\./, '').replaceAll('"', '')
          const on = (what: string) => new RegExp(`\\bcreate\\s+${what}[^;]*?\\b${view}\\b`, 'i').test(all)
          if (!on('materialized\\s+view') || on('unique\\s+index[^;]*?\\bon\\b')) return []
          return foundIn(
            source,
            text,
            `${view} has no unique index, so it cannot be refreshed concurrently`,
            'create a unique index on it',
          )
        },
      ),
    )
  },
}
