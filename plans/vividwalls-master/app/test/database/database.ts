import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'

/** A database of one's own with what is there on the first day, and with the migrations where wanted. */
export interface TestDatabase {
  /** As the program connects. */
  readonly url: string
  /** As a superuser, on one connection. */
  readonly query: <Row extends pg.QueryResultRow = Record<string, unknown>>(
    sql: string,
    values?: readonly unknown[],
  ) => Promise<Row[]>
  readonly up: (migration: string) => Promise<void>
  readonly down: (migration: string) => Promise<void>
  /** Every definition and the sum of the rows of every table, by name. */
  readonly fingerprint: () => Promise<Record<string, string>>
  readonly drop: () => Promise<void>
}

/** In the order of the plan. */
export const migrations = [
  '010-expand',
  '020-finance',
  '110-social-sales-analytics',
  '021-attribution',
  '030-segments',
  '120-messaging-content',
  '040-kpi',
  '130-operations-care',
  '140-finance-pricing',
  '050-performance',
  '060-governance',
  '070-business',
  '210-canary',
  '220-half',
  '230-full',
  '900-contract',
] as const
/** Without the contract: v1 still works. */
export const beforeContract = migrations.slice(0, -1)

const PASSWORD = 'of-a-test'

/** DATABASE_URL is that of a superuser. */
export async function createDatabase(wanted: readonly string[] = []): Promise<TestDatabase> {
  const server = process.env['DATABASE_URL'] ?? ''
  const name = `agents_${randomBytes(4).toString('hex')}`
  const admin = new pg.Client(server)
  await admin.connect()
  await admin.query(`do $$ begin create role vividwalls_app login password '${PASSWORD}';
    exception when duplicate_object or unique_violation then null; end $$`)
  await admin.query(`create database ${name}`)
  const url = new URL(server)
  url.pathname = name
  const owner = new pg.Client(url.href)
  await owner.connect()
  await owner.query(readFileSync('test/before.sql', 'utf8'))
  // One transaction to each file, as the plan applies it.
  const apply = async (file: string) => void (await owner.query(readFileSync(`sql/${file}.sql`, 'utf8')))
  for (const migration of wanted) await apply(`${migration}.up`)
  ;[url.username, url.password] = ['vividwalls_app', PASSWORD]
  const query: TestDatabase['query'] = async (sql, values = []) => (await owner.query(sql, [...values])).rows
  return {
    ...{ url: url.href, query },
    up: (migration) => apply(`${migration}.up`),
    down: (migration) => apply(`${migration}.down`),
    fingerprint: async () => {
      const found = await query<{ name: string; is: string }>(DEFINITIONS)
      const tables = await query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
      )
      for (const { name: table } of tables)
        found.push(
          ...(await query<{ name: string; is: string }>(
            `select 'rows of ${table}' as name, concat(count(*), ' ', md5(string_agg(t::text, E'\\n' order by t::text))) as is from ${table} t`,
          )),
        )
      return Object.fromEntries(found.map(({ name: key, is }) => [key, is]))
    },
    drop: async () => {
      await owner.end()
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}

const DEFINITIONS = `
with own as (select oid, nspname from pg_namespace where nspname !~ '^(pg_|information_schema$)')
select 'schema ' || nspname as name, coalesce(nspacl::text, '') as is from own join pg_namespace using (oid, nspname)
union all
select format('%s %s.%s', relkind, nspname, relname), concat(relacl, ' ', relrowsecurity,
  case when relkind in ('v', 'm') then pg_get_viewdef(c.oid) end, ' ',
  (select string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attacl,
    (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = attrelid and adnum = attnum)), ',' order by attnum)
    from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped))
from pg_class c join own on own.oid = relnamespace where relkind <> 'i'
union all
select format('index %s.%s', nspname, relname), pg_get_indexdef(c.oid) from pg_class c join own on own.oid = relnamespace where relkind = 'i'
union all
select format('constraint %s on %s', conname, conrelid::regclass), pg_get_constraintdef(c.oid) from pg_constraint c join own on own.oid = connamespace
union all
select format('trigger %s on %s', tgname, tgrelid::regclass), pg_get_triggerdef(t.oid) from pg_trigger t
  join pg_class c on c.oid = tgrelid join own on own.oid = relnamespace where not tgisinternal
union all
select format('function %s', p.oid::regprocedure), pg_get_functiondef(p.oid) from pg_proc p join own on own.oid = pronamespace
order by 1`
