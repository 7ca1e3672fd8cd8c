import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import pg from 'pg'

/** A database of one's own with what was there before the reconstruction, and with the migrations where wanted. */
export interface TestDatabase {
  /** As the program connects. */
  readonly url: string
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>
  readonly drop: () => Promise<void>
}

export const migrations = ['010-base', '020-organizations', '030-rbac', '040-auth'] as const
const PASSWORD = 'of-a-test'

/** DATABASE_URL is that of a superuser. */
export async function createDatabase(wanted: readonly string[] = migrations): Promise<TestDatabase> {
  const server = process.env['DATABASE_URL'] ?? ''
  const name = `miyabi_${randomBytes(4).toString('hex')}`
  const admin = new pg.Client(server)
  await admin.connect()
  await admin.query(`do $$ begin create role miyabi_app login password '${PASSWORD}';
    exception when duplicate_object or unique_violation then null; end $$`)
  await admin.query(`create database ${name}`)
  const url = new URL(server)
  url.pathname = name
  const owner = new pg.Client(url.href)
  await owner.connect()
  await owner.query(readFileSync('test/before.sql', 'utf8'))
  for (const migration of wanted) await owner.query(upOf(migration))
  ;[url.username, url.password] = ['miyabi_app', PASSWORD]
  return {
    url: url.href,
    query: async (sql, values = []) => (await owner.query<Record<string, unknown>>(sql, [...values])).rows,
    drop: async () => {
      await owner.end()
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}

export const upOf = (migration: string) => readFileSync(`sql/${migration}.up.sql`, 'utf8')
export const downOf = (migration: string) => readFileSync(`sql/${migration}.down.sql`, 'utf8')
