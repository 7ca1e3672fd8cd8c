import type { Rule } from './rule.ts'
import { foundIn, sqlMatches, sqlOf } from './sources.ts'

export const placeholderSql: Rule = {
  id: 'R030',
  name: 'placeholder-sql',
  severity: 'error',
  title: 'SQL with something left open',
  why: 'create table x (...) is an outline out of a document. It fails in the middle of a migration, after what stood before it was done.',
  mend: 'Write the columns, names and conditions out.',
  example: {
    wrong: `script: psql -c 'create table agents (...)'`,
    right: `script: psql -c 'create table agents (id bigint primary key)'`,
  },
  find: ({ steps }) =>
    sqlOf(steps).flatMap((source) =>
      sqlMatches(
        source,
        /\(\s*(?:\.\.\.|…)\s*\)|\b(?:table|from|into|update|select|where)\s+(?:\.\.\.|…|<[a-z_ ]+>|TODO\b|TBD\b)/gi,
      ).map(({ text }) => foundIn(source, text, `"${text}" is a placeholder, not SQL`, 'write it out')),
    ),
}
