import type { Rule } from './rule.ts'
import { foundIn } from './sources.ts'
import { sqlMatches, sqlOf } from './sql.ts'

export const idWithoutDefault: Rule = {
  id: 'R035',
  name: 'id-without-default',
  severity: 'warning',
  title: 'A uuid as primary key without a default',
  why: 'Every insert that does not bring its own id fails, and most do not.',
  fix: 'id uuid primary key default gen_random_uuid().',
  example: {
    wrong: `script: psql -c 'create table agents (id uuid primary key, name text)'`,
    right: `script: psql -c 'create table agents (id uuid primary key default gen_random_uuid(), name text)'`,
  },
  find: ({ steps }) =>
    sqlOf(steps).flatMap((source) =>
      sqlMatches(
        source,
        /\b\w+\s+uuid\s+(?:not\s+null\s+)?primary\s+key\b(?!\s+(?:default|references))/gi,
      ).map(({ text }) => foundIn(source, text, `"${text}" has no default`, 'add default gen_random_uuid()')),
    ),
}
