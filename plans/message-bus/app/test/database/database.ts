import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import pg from 'pg'

/** A database of one's own with the roles and the schema of the bus, and the store of the version before it. */
export interface Database {
  readonly url: string
  readonly anonUrl: string
  /** As a superuser. */
  readonly query: <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<Row[]>
  readonly drop: () => Promise<void>
}

/** DATABASE_URL is that of a superuser; BUS_SQL is the folder of 010-bus.up.sql. */
export async function createDatabase(): Promise<Database> {
  const server = new URL(process.env['DATABASE_URL'] ?? '')
  const name = `bus_${randomBytes(4).toString('hex')}`
  const urlOf = (database: string, user?: string) => {
    const url = new URL(server)
    url.pathname = database
    if (user !== undefined) [url.username, url.password] = [user, PASSWORD]
    return url.href
  }
  await runOn(urlOf('postgres'), [ROLES, `create database ${name}`])
  await runOn(urlOf(name), [readFileSync(`${process.env['BUS_SQL']}/010-bus.up.sql`, 'utf8'), DELIVERIES])
  const pool = new pg.Pool({ connectionString: urlOf(name), max: 4 })
  pool.on('error', () => undefined)
  return {
    url: urlOf(name, 'bus_app'),
    anonUrl: urlOf(name, 'anon'),
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    drop: async () => {
      await pool.end()
      await runOn(urlOf('postgres'), [`drop database ${name} with (force)`])
    },
  }
}

const PASSWORD = 'of-a-test'
const ROLES = `
do $$ begin
  create role bus_owner; create role bus_app login password '${PASSWORD}'; create role anon login password '${PASSWORD}';
exception when duplicate_object or unique_violation then null;
end $$`
const DELIVERIES = `
create table public.deliveries (id uuid primary key, bytes bytea not null, received_at timestamptz not null);
grant select, insert on public.deliveries to bus_app`

async function runOn(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** The way to a database over TCP, which can be cut and restored. */
export interface Way {
  readonly url: string
  /** Ends all connections and refuses new ones. */
  readonly cut: () => Promise<void>
  readonly restore: () => Promise<void>
  readonly close: () => Promise<void>
}

export async function wayTo(databaseUrl: string): Promise<Way> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    // Accepted before the cut and reported after it.
    if (!server.listening) {
      near.destroy()
      return
    }
    const far = connect(Number(target.port || 5432), target.hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy()).on('close', () => sockets.delete(one) && other.destroy())
      one.pipe(other)
    }
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String(port)
  const cut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { url: url.href, cut, restore: async () => void (await listen(port)), close: cut }
}
