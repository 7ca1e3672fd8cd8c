import type { Rule } from './rule.ts'
import { foundIn } from './sources.ts'
import { sqlMatches, sqlOf } from './sql.ts'

const NOT_IMMUTABLE = [
  '(?:now|random|timeofday|gen_random_uuid|nextval|current_setting|txid_current)\\s*\\(',
  '(?:clock|statement|transaction)_timestamp\\s*\\(',
  '(?:current_timestamp|current_date|current_time|localtimestamp|localtime)\\b',
  '(?:current_user|session_user|current_role)\\b',
  // Of one time alone it is the age today.
  'age\\s*\\((?=[^,()]*\\))',
].join('|')
const CALL = new RegExp(`\\b(${NOT_IMMUTABLE})`, 'i')

export const indexNotImmutable: Rule = {
  id: 'R031',
  name: 'index-not-immutable',
  severity: 'error',
  title: 'An index whose condition calls a function that is not immutable',
  why: 'PostgreSQL refuses it: "functions in index predicate must be marked IMMUTABLE". What is now() today is not tomorrow.',
  fix: 'Index the column without the condition, and compare with now() in the query.',
  example: {
    wrong: `script: psql -c 'create index live on messages (id) where expires_at > now()'`,
    right: `script: psql -c 'create index live on messages (expires_at)'`,
  },
  find: ({ steps }) =>
    sqlOf(steps).flatMap((source) =>
      sqlMatches(source, /\bcreate\s+(?:unique\s+)?index\b[^;]*/gi).flatMap(
        ({ text, groups: [statement] }) => {
          const condition = statement.search(/\bwhere\b/i)
          const [, call] = (condition < 0 ? undefined : CALL.exec(statement.slice(condition))) ?? []
          if (call === undefined) return []
          return foundIn(
            source,
            text,
            `${call.replace(/\s*\($/, '()')} cannot stand in the condition of an index`,
            'index the column instead',
          )
        },
      ),
    ),
}
