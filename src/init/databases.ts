import { isIn } from '../fields/is-in.ts'
import type { Inspection } from './inspection.ts'
import { eachOnce, keysOnServer } from './application-keys.ts'
import { credentialsFor, type Credential } from './credentials.ts'
import { serverOptionsOf } from './server-options.ts'
import { usersOf, type Candidate } from './places.ts'
import type { Database } from './stack.ts'
import type { SurveyedContainer } from './survey.ts'

/** The database in each place that has one, by the place's name. */
export type Databases = ReadonlyMap<string, Database>

/** Returns the databases of places, as their files show. */
export function databasesOf(
  places: readonly Candidate[],
  {
    inspected,
    containers,
  }: { readonly inspected: Inspection; readonly containers: readonly SurveyedContainer[] },
): Databases {
  const found = places.flatMap((place) => {
    const database = databaseIn(place.at, { inspected, users: usersOf(place, containers) })
    return database ? [[place.live, database] as const] : []
  })
  return new Map(found)
}

/** Returns the database whose data directory is at or below a place, as its files show; undefined if there is none. */
export function databaseIn(
  place: string,
  { inspected, users }: { readonly inspected: Inspection; readonly users: readonly SurveyedContainer[] },
): Database | undefined {
  const lies = ({ at }: { readonly at: string }) => isIn(place, at)
  const postgres = inspected.postgres.find(lies)
  if (postgres) {
    const server = serverOfDatabase('PostgreSQL', users)
    return {
      ...{
        engine: 'PostgreSQL',
        version: postgres.version,
        image: server?.image ?? `postgres:${postgres.version}`,
      },
      below: below(place, postgres.at),
      ...(server && { service: server.service }),
      ...optionsOf('PostgreSQL', { server, inspected }),
      ...loginsOf({ server, engine: 'PostgreSQL', inspected }),
    }
  }
  const innodb = inspected.innodb.find(lies)
  if (!innodb) return withoutRows(place, { inspected, users })
  const server = serverOfDatabase('MariaDB', users)
  const isMaria =
    innodb.version.includes('MariaDB') ||
    server?.settings['MARIADB_VERSION'] !== undefined ||
    (server?.image.includes('mariadb') ?? false)
  const version = /\d+(\.\d+)*/.exec(
    innodb.version || server?.settings['MARIADB_VERSION'] || server?.settings['MYSQL_VERSION'] || '',
  )?.[0]
  const engine = isMaria ? 'MariaDB' : 'MySQL'
  return {
    ...{
      engine,
      version: version ?? 'unknown',
      image: server?.image ?? `${engine.toLowerCase()}:${version ?? 'unknown'}`,
    },
    below: below(place, innodb.at),
    ...(server && { service: server.service }),
    ...optionsOf(engine, { server, inspected }),
    ...loginsOf({ server, engine, inspected }),
  }
}

/** Returns the database of a dump whose live server is gone; the service's container, or else the dump, tells its version. */
export function databaseOfDump(
  engine: 'PostgreSQL' | 'MariaDB',
  {
    version,
    inspected,
    users,
  }: {
    readonly version: string
    readonly inspected: Inspection
    readonly users: readonly SurveyedContainer[]
  },
): Database {
  const server = serverOfDatabase(engine, users)
  const own = /:v?(\d+(\.\d+)*)/.exec(server?.image ?? '')?.[1]
  return {
    ...{ engine, below: '', version: own ?? (version || 'unknown') },
    image: server?.image ?? `${engine === 'PostgreSQL' ? 'postgres' : 'mariadb'}:${version}`,
    ...optionsOf(engine, { server, inspected }),
    ...loginsOf({ server, engine, inspected }),
  }
}

/** Returns the container that serves a database of this engine. */
export function serverOfDatabase(
  engine: Database['engine'],
  users: readonly SurveyedContainer[],
): SurveyedContainer | undefined {
  return engine === 'PostgreSQL'
    ? serverOf(users, ['PG_MAJOR', 'POSTGRES_USER'], /postgres|postgis|timescale|pgvector/)
    : serverOf(users, ['MARIADB_VERSION', 'MYSQL_VERSION', 'MYSQL_MAJOR'], /mariadb|mysql|percona/)
}

function optionsOf(
  engine: Database['engine'],
  { server, inspected }: { readonly server: SurveyedContainer | undefined; readonly inspected: Inspection },
): Pick<Database, 'options'> {
  const command = inspected.config?.services[server?.service ?? '']?.command ?? []
  const mounted = inspected.settings.filter(({ at }) => server?.mounts.some(({ Source }) => Source === at))
  const options = serverOptionsOf({ engine, command, lines: mounted.map(({ line }) => line) })
  return Object.keys(options).length > 0 ? { options } : {}
}

const SQL_SERVERS = /postgres|postgis|timescale|pgvector|mariadb|mysql|percona/

/** What other services log in with, and the keys with which they encrypt there. */
function loginsOf({
  server,
  engine,
  inspected,
}: {
  readonly server: SurveyedContainer | undefined
  readonly engine: Database['engine']
  readonly inspected: Inspection
}): Pick<Database, 'credentials' | 'keys'> {
  const services = inspected.config?.services ?? {}
  if (!server) return {}
  const servers = Object.values(services).filter(({ image = '' }) => SQL_SERVERS.test(image))
  const served = {
    server: server.service,
    names: [server.name, services[server.service]?.container_name ?? server.name],
    isOnly: servers.length < 2,
  }
  const logins = Object.entries(services).map(([service, { credentials, keys }]) => ({
    ...{ service, keys },
    credentials: credentials.map((one): Credential => ({ service, ...one })),
  }))
  const credentials = credentialsFor(
    logins.flatMap((one) => one.credentials),
    served,
  )
  const tried = logins.flatMap(({ service, keys, credentials: own }) => {
    const [login] = credentialsFor(own, served)
    const database = login?.database ?? databaseNameOf(server.settings)
    return login ? keysOnServer({ service, keys, engine, database }) : []
  })
  return {
    ...(credentials.length > 0 && { credentials }),
    ...(tried.length > 0 && { keys: eachOnce(tried) }),
  }
}

/** The first database of a server, as the variables of the official images name it; undefined if none does. */
export function databaseNameOf(settings: SurveyedContainer['settings']): string | undefined {
  return DATABASES.map((name) => settings[name]).find(Boolean)
}

/** In order of precedence. */
const DATABASES = ['POSTGRES_DB', 'MARIADB_DATABASE', 'MYSQL_DATABASE', 'POSTGRES_USER']

/** Whether the rows can be compared, on scratch copies; of other databases only the files are compared. */
export function hasRows({ engine }: Database): boolean {
  return engine === 'PostgreSQL' || engine === 'MariaDB'
}

/** The kind of step that compares a restored volume with the backup by content, on scratch copies; undefined if there is none. */
export function contentAudit({ engine }: Database): string | undefined {
  return CONTENT_AUDITS[engine]
}
const CONTENT_AUDITS: Readonly<Record<string, string>> = {
  PostgreSQL: 'postgres-audit',
  MariaDB: 'mariadb-audit',
  Redis: 'redis-audit',
}

/** Returns a database of which only the files can be compared. */
function withoutRows(
  place: string,
  { inspected, users }: { readonly inspected: Inspection; readonly users: readonly SurveyedContainer[] },
): Database | undefined {
  const lies = (at: string) => isIn(place, at)
  const [engine, at, image] =
    [
      ['MongoDB', inspected.mongo.find(lies), /mongo/] as const,
      ['Redis', inspected.redis.find(lies), /redis|valkey|keydb/] as const,
    ].find(([, found]) => found !== undefined) ?? []
  if (engine === undefined || at === undefined) return undefined
  const server = serverOf(users, [], image ?? /./)?.image ?? engine.toLowerCase()
  const version = /:v?(\d+(\.\d+)*)/.exec(server)?.[1] ?? 'unknown'
  return { engine, version, image: server, below: below(place, at) }
}

/** Returns the container that is a server of this database; others that mount the data may only back it up. */
function serverOf(users: readonly SurveyedContainer[], settings: readonly string[], image: RegExp) {
  return (
    users.find((one) => settings.some((name) => one.settings[name] !== undefined)) ??
    users.find((one) => image.test(one.image)) ??
    users[0]
  )
}

function below(place: string, at: string): string {
  return at.slice(place.length + 1)
}
