import type { Rule } from './rule.ts'
import { foundIn, sqlMatches, sqlOf } from './sources.ts'

export const aggregateInReturning: Rule = {
  id: 'R032',
  name: 'aggregate-in-returning',
  severity: 'error',
  title: 'returning with an aggregate',
  why: 'A function with it can be created, and every call of it fails: a clean-up that looks installed has never run.',
  mend: 'with gone as (delete … returning 1) select count(*) from gone.',
  example: {
    wrong: `script: psql -c 'delete from messages where done returning count(*)'`,
    right: `script: psql -c 'with gone as (delete from messages where done returning 1) select count(*) from gone'`,
  },
  find: ({ steps }) =>
    sqlOf(steps).flatMap((source) =>
      sqlMatches(
        source,
        /\breturning\s+[^;)]*?\b(count|sum|avg|min|max|array_agg|string_agg|json_agg|jsonb_agg)\s*\(/gi,
      ).map(({ text, groups }) =>
        foundIn(
          source,
          text,
          `returning cannot hold the aggregate ${groups[1] ?? ''}()`,
          'count in a query around it',
        ),
      ),
    ),
}
