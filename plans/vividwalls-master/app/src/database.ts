import pg from 'pg'
import type { Log } from './log.ts'

export interface Database {
  /** Runs one statement. @throws Away if the database does not answer; Violation where it refuses a row */
  readonly query: <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<Row[]>
  readonly close: () => Promise<void>
}

/** The database does not answer, or cannot write now. */
export class Away extends Error {
  override readonly name = 'Away'
}

/** A constraint of the database, or a function of it, refuses what was asked for. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly kind: 'unique' | 'reference' | 'check' | 'none-such'

  constructor(kind: Violation['kind'], cause: Error) {
    super(cause.message, { cause })
    this.kind = kind
  }
}

/** A table or a function is not there yet, or no longer. */
export class Absent extends Error {
  override readonly name = 'Absent'
}

const SECONDS = 10
/** SQLSTATEs of a server that is away, full or stopping: connection, no such database, resources, operator, system error, read-only. */
const AWAY = /^(08|3D|53|57|58|25006)/
const VIOLATIONS: Readonly<Record<string, Violation['kind']>> = {
  '23505': 'unique',
  '23503': 'reference',
  '23514': 'check',
  P0002: 'none-such',
}
const ABSENT = new Set(['42P01', '42883', '3F000'])

/** Connects with the first query, and again after the database was away. */
export function openDatabase(connectionString: string, log: Log): Database {
  const pool = new pg.Pool({
    connectionString,
    max: 10,
    application_name: 'vividwalls-agents',
    connectionTimeoutMillis: SECONDS * 1000,
    query_timeout: SECONDS * 1000,
  })
  // A connection that breaks while no query runs; the pool opens another.
  pool.on('error', (error) => log.warn({ reason: error.message }, 'a connection to the database broke'))
  return {
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) => {
      try {
        return (await pool.query<Row>(sql, [...values])).rows
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
  const code = error instanceof pg.DatabaseError ? error.code : undefined
  if (code === undefined || AWAY.test(code))
    return new Away(error.message || 'no connection', { cause: error })
  const kind = VIOLATIONS[code]
  if (kind !== undefined) return new Violation(kind, error)
  return ABSENT.has(code) ? new Absent(error.message, { cause: error }) : error
}
