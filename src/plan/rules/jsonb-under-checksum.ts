import type { Rule } from './rule.ts'
import { foundIn } from './sources.ts'
import { bareSql, sqlMatches, sqlOf } from './sql.ts'

/** The name of a column that holds a sum of bytes; one of a password is no sum of the others. */
const SUM =
  /\b(?!pass|pwd?_|token|key_|commit|git_)(?:\w+_)?(?:sha\d*|md5|crc\d*|checksum|digest|fingerprint|etag|hash)(?:_\w+)?\b/i

export const jsonbUnderChecksum: Rule = {
  id: 'R033',
  name: 'jsonb-under-checksum',
  severity: 'warning',
  title: 'A checksum over bytes, beside or over jsonb',
  why: 'jsonb keeps the meaning and not the bytes: order of keys, blanks, numbers and double keys change, and it refuses \\u0000. A sum over what was sent never matches what comes back.',
  fix: 'Keep the raw bytes in a bytea column, sum those, and have jsonb beside them for queries.',
  example: {
    wrong: `script: psql -c 'create table messages (id bigint, body jsonb, body_sha256 text)'`,
    right: `script: psql -c 'create table messages (id bigint, raw bytea, body jsonb, raw_sha256 text)'`,
  },
  find: ({ steps }) => {
    const sources = sqlOf(steps)
    const columns = new Set(sources.flatMap((source) => jsonbColumns(bareSql(source))))
    return sources.flatMap((source) => {
      const tables = sqlMatches(source, /\bcreate\s+(?:unlogged\s+)?table\b[^;]*/gi).filter(
        ({ groups: [table] }) => /\bjsonb\b/i.test(table) && SUM.test(table) && !/\bbytea\b/i.test(table),
      )
      const cast = sqlMatches(source, /\b(?:sha\d{3}|digest|md5)\s*\(\s*[^()]*::\s*jsonb?\b[^()]*/gi)
      const columnsSummed = sqlMatches(
        source,
        /\b(?:sha\d{3}|digest|md5)\s*\((?:\s*convert_to\s*\()?\s*(?:\w+\.)?(\w+)\s*::\s*text\b/gi,
      ).filter(({ groups: [, column = ''] }) => columns.has(column.toLowerCase()))
      return [...tables, ...cast, ...columnsSummed].map(({ text }) =>
        foundIn(
          source,
          text,
          'a checksum of what was sent will not match what jsonb gives back',
          'sum the raw bytes',
        ),
      )
    })
  },
}

/** Columns that are jsonb, in the tables that are made or altered. */
function jsonbColumns(sql: string): readonly string[] {
  return [...sql.matchAll(/\b(\w+)\s+jsonb\b/gi)].map(([, column = '']) => column.toLowerCase())
}
