import { createHash } from 'node:crypto'
import { sqlMigrate } from '../../../src/steps/sql-migrate/index.ts'
import type { Joined } from '../contract.ts'
import { served } from './postgres-audit.ts'

/** A file of the plan, as a kind receives it. */
export function sqlFile(name: string, text: string) {
  const bytes = Buffer.from(text)
  return {
    name,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    base64: bytes.toString('base64'),
  }
}

export const UP = `-- The bus.
create schema bus;
create table bus.message (id uuid primary key, body bytea not null, created_at timestamptz not null default now());
create index message_created on bus.message (created_at);
create function bus.amount() returns bigint language sql as $$ select count(*) from bus.message; $$;
create table bus.setting (name text primary key, value text not null);
insert into bus.setting values ('limit; in MB', '32');
comment on table bus.setting is 'What can be set';
`
export const DOWN = 'drop schema bus cascade;\n'

export const fields = {
  container: 'live',
  database: 'guestbook',
  changes: ['bus'],
  up: sqlFile('010-bus.up.sql', UP),
  down: sqlFile('010-bus.down.sql', DOWN),
}

export const joined: Joined = {
  kind: sqlMigrate,
  cases: [{ name: 'a new schema', fields, arrange: served, served: ['fresh'], inside: true }],
}
