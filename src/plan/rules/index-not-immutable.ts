import type { Rule } from './rule.ts'
import { foundIn, sqlMatches, sqlOf } from './sources.ts'

export const indexNotImmutable: Rule = {
  id: 'R031',
  name: 'index-not-immutable',
  severity: 'error',
  title: 'An index whose condition calls a function that is not immutable',
  why: 'PostgreSQL refuses it: "functions in index predicate must be marked IMMUTABLE". What is now() today is not tomorrow.',
  mend: 'Index the column without the condition, and compare with now() in the query.',
  example: {
    wrong: `script: psql -c 'create index live on messages (id) where expires_at > now()'`,
    right: `script: psql -c 'create index live on messages (expires_at)'`,
  },
  find: ({ steps }) =>
    sqlOf(steps).flatMap((source) =>
      sqlMatches(
        source,
        /\bcreate\s+(?:unique\s+)?index\b[^;]*?\bwhere\b[^;]*?\b(now\s*\(|current_timestamp\b|current_date\b|localtimestamp\b|clock_timestamp\s*\(|statement_timestamp\s*\(|random\s*\()/gi,
      ).map(({ text, groups }) =>
        foundIn(
          source,
          text,
          `${(groups[1] ?? '').replace(/\s*\($/, '()')} cannot stand in the condition of an index`,
          'index the column instead',
        ),
      ),
    ),
}
