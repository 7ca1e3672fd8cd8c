import type { Rule } from './rule.ts'
import { foundIn } from './sources.ts'
import { sqlMatches, sqlOf } from './sql.ts'

export const anonymousMayDelete: Rule = {
  id: 'R038',
  name: 'anonymous-may-delete',
  severity: 'error',
  title: 'Whoever is not logged in may change or delete every row',
  why: 'The key of the anonymous role stands in every page; a policy for all with using (true) lets each visitor empty the table.',
  fix: 'Grant select only, or name a condition that only the owner of a row meets.',
  example: {
    wrong: `script: psql -c 'create policy open on messages for all to anon using (true)'`,
    right: `script: psql -c 'create policy readable on messages for select to anon using (true)'`,
  },
  find: ({ steps }) =>
    sqlOf(steps).flatMap((source) =>
      [
        ...sqlMatches(
          source,
          /\bcreate\s+policy\b(?![^;]*\bfor\s+(?:select|insert)\b)[^;]*\bto\s+[^;]*\b(?:anon|public)\b[^;]*\busing\s*\(\s*true\s*\)/gi,
        ),
        ...sqlMatches(
          source,
          /\bgrant\s+(?:all|[^;]*\b(?:delete|update|truncate)\b)[^;]*\bto\s+[^;]*\b(?:anon|public)\b/gi,
        ),
      ].map(({ text }) =>
        foundIn(
          source,
          text,
          'lets whoever is not logged in change or delete every row',
          'grant select only',
        ),
      ),
    ),
}
