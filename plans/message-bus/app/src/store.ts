import pg from 'pg'
import type { Settings } from './config.ts'
import { BusAway, IdTaken, UnknownId } from './errors.ts'
import type { Log } from './log.ts'
import { checkSum, pack, projectable, unpack } from './message.ts'
import type { Compression, Message } from './message.ts'

/** Whether a daemon also keeps `public.deliveries`, the store of the version before the bus. */
type AlsoDeliveries = Readonly<{ deliveries: boolean }>

/** A message as it was read, its sum checked unless MESSAGE_BUS_CHECKSUM_ENABLED is false. */
export interface Stored {
  readonly id: string
  readonly body: Buffer
  readonly sha256: Buffer
  readonly status: string
}

export interface Removed {
  readonly delivered: number
  /** Expired before they were delivered. */
  readonly expired: number
}

/** Every method throws BusAway if the database does not answer in time or cannot write now. */
export interface Store {
  /** Writes a pending message. Writing it again does nothing. @throws IdTaken if the id has other content */
  readonly write: (message: Message) => Promise<void>
  /** @throws UnknownId | Damaged */
  readonly read: (id: string) => Promise<Stored>
  /** Marks a message as delivered. May be repeated. @throws UnknownId if there is none with this sum */
  readonly deliver: (id: string, sha256: Buffer, also: AlsoDeliveries) => Promise<void>
  /** Writes a message that came inline, as delivered. May be repeated. @throws IdTaken */
  readonly writeInline: (message: Message, also: AlsoDeliveries) => Promise<void>
  /** Writes a message to `public.deliveries` alone. May be repeated. @throws IdTaken */
  readonly writeDelivery: (message: Message) => Promise<void>
  /** Copies deliveries that the bus has not and that are younger than the time to live, oldest first. Returns how many. */
  readonly adopt: (limit: number) => Promise<number>
  /** Ids that no watcher has observed, oldest first: of the last minutes, or of all. */
  readonly unobserved: (of: 'recent' | 'all', limit: number) => Promise<readonly string[]>
  /** Stores what a watcher saw, once. */
  readonly observe: (
    id: string,
    seen: { readonly isIntact: boolean; readonly bytes: number },
  ) => Promise<void>
  /** Removes expired messages. Returns undefined if another cleaner is at work. */
  readonly clean: () => Promise<Removed | undefined>
  /** Runs a query of one's own. */
  readonly query: <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<Row[]>
  /** Opens a connection that calls back at each hint that there are new messages. Close it by `end()`. */
  readonly listen: (onHint: () => void, onEnd: () => void) => Promise<pg.Client>
  readonly close: () => Promise<void>
}

const CHANNEL = 'bus_message'
// Nobody needs a hint that survives a crash of the server, so it waits for no disk.
const HINT = `begin; set local synchronous_commit = off; notify ${CHANNEL}; commit`
const HINT_AFTER_MS = 50
/** Taken by the cleaner at work. */
const CLEANER_LOCK = 8_765_010
const CLEANED_AT_ONCE = 1000

/** Connects with the first query, and again after the database was away. `name` is the application_name. */
export function openStore(settings: Settings, log: Log, name: string): Store {
  const connection: pg.ClientConfig = {
    ...(settings.databaseUrl && { connectionString: settings.databaseUrl }),
    application_name: name,
    keepAlive: true,
    connectionTimeoutMillis: Math.min(5, settings.writeTimeoutSecs) * 1000,
    query_timeout: settings.writeTimeoutSecs * 1000,
  }
  const pool = new pg.Pool({ ...connection, max: 20 })
  // A connection that breaks while no query runs; the pool opens another.
  pool.on('error', (error) => log.warn({ reason: error.message }, 'a connection to the database broke'))

  const query = async <Row extends pg.QueryResultRow>(
    sql: string,
    values: readonly unknown[],
    seconds: number,
  ) => {
    try {
      const config = { text: sql, values: [...values], query_timeout: seconds * 1000 }
      // A named statement is parsed once for each connection.
      return await pool.query<Row>(values.length > 0 ? { ...config, name: nameOf(sql) } : config)
    } catch (error) {
      throw asBusAway(error)
    }
  }
  const write = (sql: string, values: readonly unknown[]) => query(sql, values, settings.writeTimeoutSecs)
  const read = async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[]) =>
    (await query<Row>(sql, values, settings.readTimeoutSecs)).rows

  // In a transaction of its own: a notification within one would make all commits wait for each other.
  let hint: NodeJS.Timeout | undefined
  const hintLater = () => {
    hint ??= setTimeout(() => {
      hint = undefined
      // A watcher that misses it asks again within seconds.
      write(HINT, []).catch(() => undefined)
    }, HINT_AFTER_MS)
  }

  const columnsOf = async (message: Message) => {
    const { bytes, compression } = await pack(message.body, settings.compression)
    return [
      message.id,
      message.ttlSeconds ?? settings.ttlHours * 3600,
      message.type,
      message.source,
      message.session ?? null,
      message.request ?? null,
      bytes,
      message.sha256,
      message.body.length,
      compression,
      projectable(message.body),
    ]
  }

  const bodyOf = async (id: string) => {
    const [row] = await read<BodyRow>(READ, [id])
    if (row === undefined) throw new UnknownId(id)
    const packed = { compression: row.compression, bytes: row.body }
    const body = await unpack(id, packed, Number(row.body_bytes))
    if (settings.checksumEnabled) checkSum(id, body, row.body_sha256)
    return { id, body, sha256: row.body_sha256, status: row.status }
  }

  /** For an id that is stored already. */
  const mustEqual = async (sql: string, { id, sha256 }: Message) => {
    const [stored] = await read<{ equal: boolean }>(sql, [id, sha256])
    if (stored?.equal === false) throw new IdTaken(id)
  }

  const inTurn = async <Result>(work: (client: pg.PoolClient) => Promise<Result>) => {
    let client: pg.PoolClient
    try {
      client = await pool.connect()
    } catch (error) {
      throw asBusAway(error)
    }
    try {
      return await work(client)
    } catch (error) {
      throw asBusAway(error)
    } finally {
      // Closed rather than returned to the pool: the session's lock goes with it.
      client.release(true)
    }
  }

  return {
    write: async (message) => {
      const { rowCount } = await write(WRITE, await columnsOf(message))
      if (rowCount === 0) await mustEqual(IS_EQUAL, message)
      hintLater()
    },
    read: bodyOf,
    deliver: async (id, sha256, { deliveries }) => {
      const { rowCount } = deliveries
        ? await write(DELIVER_TO_BOTH, [id, sha256, (await bodyOf(id)).body])
        : await write(DELIVER, [id, sha256])
      if (rowCount === 0) throw new UnknownId(id)
    },
    writeInline: async (message, { deliveries }) => {
      const columns = await columnsOf(message)
      const { rowCount } = deliveries
        ? await write(WRITE_INLINE_TO_BOTH, [...columns, message.body])
        : await write(WRITE_INLINE, columns)
      if (rowCount === 0) throw new IdTaken(message.id)
      hintLater()
    },
    writeDelivery: async (message) => {
      const { rowCount } = await write(WRITE_DELIVERY, [message.id, message.body])
      if (rowCount === 0) await mustEqual(IS_EQUAL_DELIVERY, message)
    },
    adopt: async (limit) => {
      const { rowCount } = await write(ADOPT, [settings.ttlHours * 3600, limit])
      if (rowCount) hintLater()
      return rowCount ?? 0
    },
    unobserved: async (of, limit) => {
      const found = await read<{ id: string }>(of === 'all' ? UNOBSERVED : UNOBSERVED_RECENTLY, [limit])
      return found.map(({ id }) => id)
    },
    observe: async (id, { isIntact, bytes }) => {
      await write(OBSERVE, [id, isIntact ? 'intact' : 'damaged', bytes])
    },
    clean: () =>
      inTurn(async (client) => {
        const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
          CLEANER_LOCK,
        ])
        if (!rows[0]?.taken) return undefined
        let removed: Removed = { delivered: 0, expired: 0 }
        for (;;) {
          const { rows } = await client.query<Removed>(CLEAN, [CLEANED_AT_ONCE])
          const { delivered = 0, expired = 0 } = rows[0] ?? {}
          removed = { delivered: removed.delivered + delivered, expired: removed.expired + expired }
          if (delivered + expired < CLEANED_AT_ONCE) return removed
        }
      }),
    query: (sql, values = []) => read(sql, values),
    listen: async (onHint, onEnd) => {
      const client = new pg.Client(connection)
      client
        .on('error', () => undefined)
        .on('end', onEnd)
        .on('notification', onHint)
      try {
        await client.connect()
        await client.query(`listen ${CHANNEL}`)
        return client
      } catch (error) {
        client.end().catch(() => undefined)
        throw asBusAway(error)
      }
    },
    close: async () => {
      clearTimeout(hint)
      await pool.end()
    },
  }
}

const names = new Map<string, string>()

function nameOf(sql: string): string {
  const name = names.get(sql) ?? `bus_${names.size}`
  names.set(sql, name)
  return name
}

/** SQLSTATEs of a server that is away, full or stopping: connection, resources, operator, system error, read-only. */
const AWAY = /^(08|53|57|58|25006)/

/** Anything but an answer of the database to the statement means that it is away. */
function asBusAway(error: unknown): unknown {
  if (error instanceof pg.DatabaseError && !AWAY.test(error.code ?? '')) return error
  if (error instanceof BusAway || error instanceof TypeError || !(error instanceof Error)) return error
  return new BusAway(error.message || 'no connection', { cause: error })
}

interface BodyRow {
  readonly body: Buffer
  readonly body_sha256: Buffer
  readonly body_bytes: string
  readonly compression: Compression
  readonly status: string
}

const READ = 'select body, body_sha256, body_bytes, compression, status from bus.message where id = $1'

const IS_EQUAL = 'select body_sha256 = $2 as equal from bus.message where id = $1'

const COLUMNS = `id, expires_at, message_type, source, session_id, request_id, body, body_sha256, body_bytes, compression, projection`
const VALUES = `$1, now() + make_interval(secs => $2), $3, $4, $5, $6, $7, $8, $9, $10, bus.project($11)`

const WRITE = `insert into bus.message (${COLUMNS}) values (${VALUES}) on conflict (id) do nothing`

const WRITE_INLINE = `
insert into bus.message as m (${COLUMNS}, status, retrieved_at, retrieved_count, metadata)
values (${VALUES}, 'delivered', now(), 1, '{"path": "inline"}')
on conflict (id) do update
set status = 'delivered', retrieved_at = coalesce(m.retrieved_at, now()), retrieved_count = m.retrieved_count + 1
where m.body_sha256 = excluded.body_sha256
returning id`

const WRITE_INLINE_TO_BOTH = `
with written as (${WRITE_INLINE}),
kept as (insert into public.deliveries (id, bytes, received_at) select id, $12, now() from written on conflict (id) do nothing)
select id from written`

const DELIVER = `
update bus.message
set status = 'delivered', retrieved_at = coalesce(retrieved_at, now()), retrieved_count = retrieved_count + 1
where id = $1 and body_sha256 = $2
returning id`

const DELIVER_TO_BOTH = `
with delivered as (${DELIVER}),
kept as (insert into public.deliveries (id, bytes, received_at) select id, $3, now() from delivered on conflict (id) do nothing)
select id from delivered`

const WRITE_DELIVERY =
  'insert into public.deliveries (id, bytes, received_at) values ($1, $2, now()) on conflict (id) do nothing'

const IS_EQUAL_DELIVERY = 'select sha256(bytes) = $2 as equal from public.deliveries where id = $1'

const ADOPT = `
insert into bus.message
  (id, created_at, expires_at, message_type, source, body, body_sha256, body_bytes, compression, status, retrieved_at, retrieved_count, metadata)
select id, received_at, received_at + make_interval(secs => $1), 'message', 'deliveries', bytes, sha256(bytes), length(bytes), 'none',
  'delivered', received_at, 1, '{"path": "adopted"}'
from public.deliveries d
where received_at > now() - make_interval(secs => $1) and not exists (select from bus.message m where m.id = d.id)
order by received_at
limit $2
on conflict (id) do nothing`

const UNOBSERVED = `
select id from bus.message m
where not exists (select from bus.observation o where o.message_id = m.id)
order by created_at limit $1`

// Long enough for a write that takes its whole time.
const UNOBSERVED_RECENTLY = UNOBSERVED.replace('where', `where created_at > now() - interval '5 minutes' and`)

const OBSERVE = `
with observed as (
  insert into bus.observation (message_id, verdict, body_bytes, delay_ms)
  select id, $2, $3, greatest(0, extract(epoch from now() - created_at) * 1000) from bus.message where id = $1
  on conflict (message_id) do nothing
  returning message_id, verdict)
update bus.message set status = 'error' from observed where id = message_id and verdict = 'damaged'`

const CLEAN = `
with gone as (
  delete from bus.message
  where id in (select id from bus.message where expires_at < now() order by expires_at limit $1)
  returning status),
counted as (
  select count(*) filter (where status = 'delivered')::int as delivered, count(*) filter (where status <> 'delivered')::int as expired
  from gone)
update bus.cleaning
set ran_at = now(), removed_delivered = removed_delivered + delivered, removed_expired = removed_expired + expired
from counted
returning delivered, expired`
