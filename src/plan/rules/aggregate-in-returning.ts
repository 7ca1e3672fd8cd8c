import type { Rule } from './rule.ts'
import { foundIn } from './sources.ts'
import { bareSql, sqlOf } from './sql.ts'

const AGGREGATE =
  /\b(count|sum|avg|min|max|(?:array|string|xml|range|jsonb?|jsonb?_object)_?agg|bool_and|bool_or|every|bit_and|bit_or|bit_xor|any_value|stddev\w*|variance|var_pop|var_samp|percentile_\w+)\s*\(/i

export const aggregateInReturning: Rule = {
  id: 'R032',
  name: 'aggregate-in-returning',
  severity: 'error',
  title: 'returning with an aggregate',
  why: 'A function with it can be created, and every call of it fails: a clean-up that looks installed has never run.',
  fix: 'with gone as (delete … returning 1) select count(*) from gone.',
  example: {
    wrong: `script: psql -c 'delete from messages where done returning count(*)'`,
    right: `script: psql -c 'with gone as (delete from messages where done returning 1) select count(*) from gone'`,
  },
  find: ({ steps }) =>
    sqlOf(steps).flatMap((source) => {
      const sql = bareSql(source)
      return [...sql.matchAll(/\breturning\s/gi)].flatMap(({ index }) => {
        const aggregate = AGGREGATE.exec(clauseFrom(sql, index))
        if (!aggregate) return []
        const end = index + aggregate.index + aggregate[0].length
        return foundIn(
          source,
          source.text.slice(index, end).split('\n')[0] ?? '',
          `returning cannot hold the aggregate ${aggregate[1] ?? ''}()`,
          'count in a query around it',
        )
      })
    }),
}

const MOST_READ = 2000

/** What is returned, up to the end of the statement or of what stands around it; queries within it are left blank. */
function clauseFrom(sql: string, from: number): string {
  let clause = ''
  let depth = 0
  let query = 0
  for (let at = from; at < Math.min(sql.length, from + MOST_READ); at += 1) {
    const character = sql.charAt(at)
    if (character === ';' || (character === ')' && depth === 0)) break
    if (character === '(') {
      depth += 1
      if (query === 0 && /^\(\s*(select|with)\b/i.test(sql.slice(at, at + 40))) query = depth
    }
    clause += query === 0 ? character : ' '
    if (character === ')') {
      if (query === depth) query = 0
      depth -= 1
    }
  }
  return clause
}
