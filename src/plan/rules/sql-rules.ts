import type { Rule } from './rule.ts'
import { foundIn } from './sources.ts'
import { bareSql, sqlMatches, sqlOf } from './sql.ts'

const DOTS = '\\.\\.\\.|…'
const OPEN = new RegExp(
  [
    `\\(\\s*(?:${DOTS})\\s*\\)`,
    `\\b(?:table|from|into|update|select|where|column|set|values|by|and|on)\\s+(?:${DOTS}|<[a-z_ ]+>|TODO\\b|TBD\\b)`,
    `(?=[,=(]\\s*(?:${DOTS}|<))(?<=\\b(?:create|alter|insert|update|delete|select)\\b[^;]*)[,=(]\\s*(?:${DOTS}|<[a-z_ ]+>)(?=\\s*(?:[,);]|$))`,
    '\\byour_?(?:table|column|schema|database|db|index|user|password)\\b',
  ].join('|'),
  'gim',
)

export const placeholderSql: Rule = {
  id: 'R030',
  name: 'placeholder-sql',
  severity: 'error',
  title: 'SQL contains a placeholder',
  why: 'create table x (...) is an outline from a document. It fails in the middle of a migration, after the statements before it were applied.',
  fix: 'Write the columns, names and conditions out.',
  example: {
    wrong: `script: psql -c 'create table agents (...)'`,
    right: `script: psql -c 'create table agents (id bigint primary key)'`,
  },
  find: ({ steps }) =>
    sqlOf(steps).flatMap((source) =>
      sqlMatches(source, OPEN).map(({ text }) =>
        foundIn(source, text, `"${text}" is a placeholder, not SQL`, 'write it out'),
      ),
    ),
}

const AGGREGATE =
  /\b(count|sum|avg|min|max|(?:array|string|xml|range|jsonb?|jsonb?_object)_?agg|bool_and|bool_or|every|bit_and|bit_or|bit_xor|any_value|stddev\w*|variance|var_pop|var_samp|percentile_\w+)\s*\(/i

export const aggregateInReturning: Rule = {
  id: 'R032',
  name: 'aggregate-in-returning',
  severity: 'error',
  title: 'RETURNING contains an aggregate',
  why: 'PostgreSQL creates a function with such a statement, but every call of it fails: a clean-up looks installed and never runs.',
  fix: 'Count in an outer query: with gone as (delete … returning 1) select count(*) from gone.',
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
          'count in an outer query',
        )
      })
    }),
}

const MAX_CLAUSE = 2000

/** Returns the RETURNING clause up to the end of the statement or of its parentheses; subqueries are blanked. */
function clauseFrom(sql: string, from: number): string {
  let clause = ''
  let depth = 0
  let query = 0
  for (let at = from; at < Math.min(sql.length, from + MAX_CLAUSE); at += 1) {
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

export const notRepeatableSql: Rule = {
  id: 'R034',
  name: 'not-repeatable-sql',
  severity: 'error',
  title: 'A step is declared idempotent, but its SQL fails the second time',
  why: 'An interrupted step that is idempotent is applied again automatically; then add column fails, because the first attempt did it.',
  fix: 'Write if not exists, or remove idempotent.',
  example: {
    wrong: `script: psql -c 'alter table agents add column tenant text'
idempotent: true`,
    right: `script: psql -c 'alter table agents add column if not exists tenant text'
idempotent: true`,
  },
  find: ({ steps }) =>
    sqlOf(steps.filter(({ values }) => values['idempotent'] === true)).flatMap((source) =>
      source.field !== 'script'
        ? []
        : sqlMatches(
            source,
            /\badd\s+column\s+(?!if\s+not\s+exists)\w+|\bcreate\s+(?:table|schema|sequence|(?:unique\s+)?index)\s+(?!if\s+not\s+exists|concurrently\s+if)\w+|\bdrop\s+(?:table|column|index)\s+(?!if\s+exists)\w+/gi,
          )
            .filter(({ groups }) => !isInBlock(source.text, groups.index))
            .map(({ text }) =>
              foundIn(
                source,
                text,
                `"${text}" fails the second time, and the step is declared idempotent`,
                'write if not exists',
              ),
            ),
    ),
}

/** Whether it is in a `do` block, which may check first or catch the error. */
function isInBlock(text: string, offset: number): boolean {
  return [...text.matchAll(/\bdo\s+(\$\w*\$)[\s\S]*?\1/gi)].some(
    ({ index, 0: block }) => index < offset && offset < index + block.length,
  )
}
