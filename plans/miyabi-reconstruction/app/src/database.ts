import pg from 'pg'
import type { Log } from './log.ts'

type Row = pg.QueryResultRow

export interface Database {
  /** Runs one statement. @throws Away if the database does not answer; Conflict on a duplicate key */
  readonly query: <R extends Row>(sql: string, values?: readonly unknown[]) => Promise<R[]>
  readonly close: () => Promise<void>
}

/** The database does not answer, or cannot write now. */
export class Away extends Error {
  override readonly name = 'Away'
}

/** What is to be written exists already. */
export class Conflict extends Error {
  override readonly name = 'Conflict'
}

const SECONDS = 10
/** SQLSTATEs of a server that is away, full or stopping: connection, resources, operator, system error, read-only. */
const AWAY = /^(08|53|57|58|25006)/
const UNIQUE_VIOLATION = '23505'

/** Connects with the first query, and again after the database was away. */
export function openDatabase(connectionString: string, log: Log): Database {
  const pool = new pg.Pool({
    connectionString,
    max: 10,
    application_name: 'miyabi',
    connectionTimeoutMillis: SECONDS * 1000,
    query_timeout: SECONDS * 1000,
  })
  // A connection that breaks while no query runs; the pool opens another.
  pool.on('error', (error) => log('warn', 'a connection to the database broke', { reason: error.message }))
  return {
    query: async <R extends Row>(sql: string, values: readonly unknown[] = []) => {
      try {
        return (await pool.query<R>(sql, [...values])).rows
      } catch (error) {
        throw asKnown(error)
      }
    },
    close: () => pool.end(),
  }
}

/** Anything but an answer of the database to the statement means that it is away. */
function asKnown(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (!(error instanceof pg.DatabaseError) || AWAY.test(error.code ?? ''))
    return new Away(error.message || 'no connection', { cause: error })
  return error.code === UNIQUE_VIOLATION
    ? new Conflict(error.detail ?? error.message, { cause: error })
    : error
}
