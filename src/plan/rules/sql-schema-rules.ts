import type { Rule, RuleFinding, StepView } from './rule.ts'
import { foundIn, type Source } from './sources.ts'
import { bareSql, migrationIn, sqlMatches, sqlOf } from './sql.ts'

const NOT_IMMUTABLE = [
  '(?:now|random|timeofday|gen_random_uuid|nextval|current_setting|txid_current)\\s*\\(',
  '(?:clock|statement|transaction)_timestamp\\s*\\(',
  '(?:current_timestamp|current_date|current_time|localtimestamp|localtime)\\b',
  '(?:current_user|session_user|current_role)\\b',
  // Of a single time, age() depends on the current date.
  'age\\s*\\((?=[^,()]*\\))',
].join('|')
const CALL = new RegExp(`\\b(${NOT_IMMUTABLE})`, 'i')

export const indexNotImmutable: Rule = {
  id: 'R031',
  name: 'index-not-immutable',
  severity: 'error',
  title: 'An index predicate calls a function that is not immutable',
  why: 'PostgreSQL refuses it: "functions in index predicate must be marked IMMUTABLE".',
  fix: 'Index the column without the predicate, and compare with now() in the query.',
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
            `${call.replace(/\s*\($/, '()')} is not immutable, so an index predicate cannot call it`,
            'index the column instead',
          )
        },
      ),
    ),
}

/** Matches columns that hold a checksum of bytes, not, for example, a password hash. */
const SUM =
  /\b(?!pass|pwd?_|token|key_|commit|git_)(?:\w+_)?(?:sha\d*|md5|crc\d*|checksum|digest|fingerprint|etag|hash)(?:_\w+)?\b/i

export const jsonbUnderChecksum: Rule = {
  id: 'R033',
  name: 'jsonb-under-checksum',
  severity: 'warning',
  title: 'A checksum of bytes is kept with jsonb, or computed from it',
  why: 'jsonb keeps the meaning, not the bytes: key order, blanks, numbers and duplicate keys change, and \\u0000 is refused. A checksum of the original never matches what is read back.',
  fix: 'Keep the raw bytes in a bytea column and checksum those; keep jsonb for queries.',
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
          'the checksum of the original will not match what jsonb returns',
          'checksum the raw bytes',
        ),
      )
    })
  },
}

/** Returns the jsonb columns of created and altered tables. */
function jsonbColumns(sql: string): readonly string[] {
  return [...sql.matchAll(/\b(\w+)\s+jsonb\b/gi)].map(([, column = '']) => column.toLowerCase())
}

export const idWithoutDefault: Rule = {
  id: 'R035',
  name: 'id-without-default',
  severity: 'warning',
  title: 'A uuid primary key has no default',
  why: 'Every insert without an id fails.',
  fix: 'Write id uuid primary key default gen_random_uuid().',
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

export const refreshWithoutIndex: Rule = {
  id: 'R036',
  name: 'refresh-without-index',
  severity: 'error',
  title: 'A materialized view is refreshed concurrently without a unique index',
  why: 'PostgreSQL refuses it: the first refresh fails, often at night.',
  fix: 'Create a unique index on the view, or refresh without concurrently.',
  example: {
    wrong: `refresh materialized view concurrently totals;`,
    right: `create unique index totals_agent on totals (agent);`,
  },
  find: ({ steps }) => {
    const sources = sqlOf(steps)
    const all = sources.map(bareSql).join('\n;\n')
    return sources.flatMap((source) =>
      sqlMatches(source, /\brefresh\s+materialized\s+view\s+concurrently\s+([\w."]+)/gi).flatMap(
        ({ text, groups }) => {
          const view = (groups[1] ?? '').replace(/^.*\./, '').replaceAll('"', '')
          const on = (what: string) => new RegExp(`\\bcreate\\s+${what}[^;]*?\\b${view}\\b`, 'i').test(all)
          if (!on('materialized\\s+view') || on('unique\\s+index[^;]*?\\bon\\b')) return []
          return foundIn(
            source,
            text,
            `${view} has no unique index, so it cannot be refreshed concurrently`,
            'create a unique index on it',
          )
        },
      ),
    )
  },
}

export const tableCreatedTwice: Rule = {
  id: 'R037',
  name: 'table-created-twice',
  severity: 'error',
  title: 'A table is created twice',
  why: 'The second create fails; with if not exists it silently keeps the columns of the first.',
  fix: 'Create it once, then alter it.',
  example: {
    wrong: `script: psql -c 'create table if not exists agents (id bigint, tenant text)'`,
    right: `script: psql -c 'alter table agents add column tenant text'`,
  },
  find(plan) {
    const made = new Map<string, StepView>()
    const found: RuleFinding[] = []
    for (const source of sqlOf(plan.steps).filter((one) => !isUndo(one)))
      for (const { text, groups } of sqlMatches(
        source,
        /\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?([\w."]+)/gi,
      )) {
        const table = (groups[1] ?? '')
          .toLowerCase()
          .replaceAll('"', '')
          .replace(/^public\./, '')
        // Two migrations of different databases, such as a copy and the live one, may use one file.
        const place = `${databasesOf(source.step)} ${table}`
        const first = made.get(place)
        const isThere = first !== undefined && plan.clearedBy(first, source.step) === undefined
        if (isThere && first.base !== source.step.base)
          found.push(foundIn(source, text, `${first.id} creates the table ${table} too`, 'create it once'))
        else made.set(place, source.step)
      }
    return found
  },
}

/** A policy is for every command unless it says for what, and for everyone unless it says to whom. */
function opensToAll(policy: string): boolean {
  const plain = policy.replace(/"[^"]*"/g, '""')
  const to = /\bto\s+([^;]*?)\busing\b/i.exec(plain)?.[1]
  return !/\bfor\s+(select|insert)\b/i.test(plain) && (to === undefined || /\b(anon|public)\b/i.test(to))
}

function isUndo({ step, field, file }: Source): boolean {
  return (
    field === 'undo' || field === 'verify' || (file !== undefined && file === migrationIn(step, 'down')?.file)
  )
}

function databasesOf({ declared, host, traits }: StepView): string {
  const names = (traits.migrates ? declared : []).flatMap(({ how, what, name }) =>
    how === 'modifies' && what === 'database' ? [name.split('/').slice(0, -1).join('/')] : [],
  )
  return names.length === 0 ? '' : `${host} ${names[0] ?? ''}`
}

export const anonymousMayDelete: Rule = {
  id: 'R038',
  name: 'anonymous-may-delete',
  severity: 'error',
  title: 'Anonymous users may change or delete every row',
  why: 'The key of the anonymous role is in every page; a policy for all with using (true) lets each visitor empty the table. A policy without to is for everyone.',
  fix: 'Grant select only, or use a condition that only the owner of a row meets.',
  example: {
    wrong: `script: psql -c 'create policy open on messages for all to anon using (true)'`,
    right: `script: psql -c 'create policy readable on messages for select to anon using (true)'`,
  },
  find: ({ steps }) =>
    sqlOf(steps).flatMap((source) =>
      [
        ...sqlMatches(source, /\bcreate\s+policy\b[^;]*\busing\s*\(\s*true\s*\)/gi).filter(
          ({ groups: [policy] }) => opensToAll(policy),
        ),
        ...sqlMatches(
          source,
          /\bgrant\s+(?:all|[^;]*\b(?:delete|update|truncate)\b)[^;]*\bto\s+[^;]*\b(?:anon|public)\b/gi,
        ),
      ].map(({ text }) =>
        foundIn(source, text, 'lets anonymous users change or delete every row', 'grant select only'),
      ),
    ),
}
