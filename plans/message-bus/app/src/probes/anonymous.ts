import pg from 'pg'
import type { Probe } from './probe.ts'

const attempts = [
  'select * from bus.message',
  'select * from bus.observation',
  'select * from bus.cleaning',
  'select * from bus.flow',
  "insert into bus.message (id, expires_at, message_type, source, body, body_sha256, body_bytes, compression) values (gen_random_uuid(), now(), 'message', 'anonymous', '', sha256(''), 0, 'none')",
  "update bus.message set status = 'error'",
  'delete from bus.message',
  'delete from bus.observation',
  'update bus.cleaning set removed_expired = 0',
  'truncate bus.message cascade',
  'drop table bus.message cascade',
  'alter table bus.message disable row level security',
  "select bus.project('{}')",
  'create table bus.mine ()',
]

const INSUFFICIENT_PRIVILEGE = '42501'

/** Tries as the role `anon` what it must not do. Each attempt is rolled back. */
export const anonymous: Probe = async ({ settings, log }) => {
  const connectionString = settings.anonDatabaseUrl || settings.databaseUrl
  const client = new pg.Client({
    ...(connectionString && { connectionString }),
    application_name: 'bus-probe',
  })
  client.on('error', () => undefined)
  await client.connect()
  let refused = 0
  try {
    await client.query('set role anon')
    for (const attempt of attempts) {
      await client.query('begin')
      const code = await client.query(attempt).then(
        () => 'none',
        (error: unknown) => (error instanceof pg.DatabaseError ? error.code : String(error)),
      )
      await client.query('rollback')
      if (code === INSUFFICIENT_PRIVILEGE) refused += 1
      else log.error({ attempt, code }, 'not refused for want of a privilege')
    }
  } finally {
    await client.end()
  }
  return {
    passed: refused === attempts.length,
    line: `the anonymous role tried ${attempts.length} statements: ${refused} refused, ${attempts.length - refused} not`,
  }
}
