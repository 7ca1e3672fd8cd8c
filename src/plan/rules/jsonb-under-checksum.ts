import type { Rule } from './rule.ts'
import { foundIn, sqlMatches, sqlOf } from './sources.ts'

export const jsonbUnderChecksum: Rule = {
  id: 'R033',
  name: 'jsonb-under-checksum',
  severity: 'warning',
  title: 'A checksum over bytes, beside or over jsonb',
  why: 'jsonb keeps the meaning and not the bytes: order of keys, blanks, numbers and double keys change, and it refuses \\u0000. A sum over what was sent never matches what comes back.',
  mend: 'Keep the raw bytes in a bytea column, sum those, and have jsonb beside them for queries.',
  example: {
    wrong: `script: psql -c 'create table messages (id bigint, body jsonb, body_sha256 text)'`,
    right: `script: psql -c 'create table messages (id bigint, raw bytea, body jsonb, raw_sha256 text)'`,
  },
  find: ({ steps }) =>
    sqlOf(steps).flatMap((source) => {
      const tables = sqlMatches(source, /\bcreate\s+(?:unlogged\s+)?table\b[^;]*/gi).filter(
        ({ groups: [table] }) =>
          /\bjsonb\b/i.test(table) &&
          /sha\d*|checksum|digest|\bhash/i.test(table) &&
          !/\bbytea\b/i.test(table),
      )
      const sums = sqlMatches(source, /\b(?:sha\d{3}|digest|md5)\s*\(\s*[^()]*::\s*jsonb?\b[^()]*/gi)
      return [...tables, ...sums].map(({ text }) =>
        foundIn(
          source,
          text,
          'a checksum of what was sent will not match what jsonb gives back',
          'sum the raw bytes',
        ),
      )
    }),
}
