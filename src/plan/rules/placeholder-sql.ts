import type { Rule } from './rule.ts'
import { foundIn } from './sources.ts'
import { sqlMatches, sqlOf } from './sql.ts'

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
  title: 'SQL with something left open',
  why: 'create table x (...) is an outline out of a document. It fails in the middle of a migration, after what stood before it was done.',
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
