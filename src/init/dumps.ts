import { holdsRoles, describeArchive, isDumpOf, type Archive } from './archives.ts'
import { databaseNameOf } from './databases.ts'
import { countOf } from '../steps/format.ts'
import type { SurveyedContainer } from './survey.ts'
import type { Database, Dump } from './stack.ts'

/** The dump that a place is restored from. */
export interface ChosenDump {
  readonly archive: Archive
  /** The file of roles beside a dump of one database of PostgreSQL. */
  readonly roles?: Archive
}

interface Served {
  readonly engine: string | undefined
  /** The database of the service; undefined if nothing names it. */
  readonly database: string | undefined
  /** The file that the operator named. */
  readonly mapped: string | undefined
}

/** The servers whose dumps a step loads. */
const SERVERS: Readonly<Record<string, Dump['server']>> = { PostgreSQL: 'postgres', MariaDB: 'mariadb' }

/** Whether a step can load it: an archive of pg_dump is packed already, and is not read inside another program's. */
function isLoadable({ form, content, state }: Archive): boolean {
  const isPackedTwice = content === 'pg_dump custom' && form !== 'custom'
  return state !== 'truncated' && form !== 'zip' && !isPackedTwice
}

/** Why a dump is not restored, for people. */
export function whyNotLoaded(archive: Archive, engine: string | undefined): string {
  if (engine === undefined || SERVERS[engine] === undefined) return `no step loads dumps of ${engine}`
  if (archive.state === 'truncated') return 'it is not whole, and is never restored'
  return isLoadable(archive)
    ? 'an older one, or of another database'
    : 'unpack it first: an archive of pg_dump is not read inside another'
}

/** Dumps that were made by the same job: their paths differ in digits only. */
function seriesOf({ file }: Archive): string {
  return file.replaceAll(/\d+/g, '#')
}

/**
 * Chooses the newest whole dump for a server. Chooses none between dumps of different jobs: `rivals` are the newest of each.
 */
export function dumpFor(
  archives: readonly Archive[],
  { engine, database, mapped }: Served,
): { readonly chosen?: ChosenDump; readonly rivals: readonly Archive[] } {
  if (engine === undefined || SERVERS[engine] === undefined) return { rivals: [] }
  const fitting = archives.filter(
    (one) =>
      isDumpOf(one, engine) &&
      (one.file === mapped ||
        (mapped === undefined &&
          isLoadable(one) &&
          (one.database === '' || database === undefined || one.database === database))),
  )
  const newest = fitting.toSorted((one, other) => other.modified.getTime() - one.modified.getTime())
  const rivals = newest.filter(
    (one, index) => newest.findIndex((other) => seriesOf(other) === seriesOf(one)) === index,
  )
  const [archive, ...more] = rivals
  if (archive === undefined || more.length > 0) return { rivals }
  const isOfOne = archive.content.split(' ')[0] === 'pg_dump'
  const roles = isOfOne ? rolesFor(archive, archives) : undefined
  return { chosen: { archive, ...(roles && { roles }) }, rivals }
}

/** The file of roles in the same directory that is nearest in time. */
function rolesFor({ file, modified }: Archive, archives: readonly Archive[]): Archive | undefined {
  const directory = (path: string) => path.slice(0, path.lastIndexOf('/') + 1)
  const away = (one: Archive) => Math.abs(one.modified.getTime() - modified.getTime())
  return archives
    .filter((one) => holdsRoles(one) && one.state !== 'truncated' && directory(one.file) === directory(file))
    .toSorted((one, other) => away(one) - away(other))[0]
}

/** Returns what the plan says of a dump for the server of this service. */
export function dumpOf(
  { archive, roles }: ChosenDump,
  {
    key,
    database,
    server,
  }: { readonly key: string; readonly database: Database; readonly server: SurveyedContainer },
): Dump {
  const { settings, variables, service } = server
  const first = (...names: readonly string[]) => names.find((name) => variables.includes(name))
  const withFile = (...names: readonly string[]) => first(...names.flatMap((name) => [name, `${name}_FILE`]))
  const isPostgres = database.engine === 'PostgreSQL'
  const user = isPostgres
    ? (settings['POSTGRES_USER'] ?? 'postgres')
    : (settings['MARIADB_USER'] ?? settings['MYSQL_USER'])
  const named = databaseNameOf(settings) ?? (isPostgres ? user : undefined)
  const variable = isPostgres
    ? withFile('POSTGRES_PASSWORD')
    : user === undefined
      ? undefined
      : withFile('MARIADB_PASSWORD', 'MYSQL_PASSWORD')
  const rootVariable = isPostgres ? undefined : withFile('MARIADB_ROOT_PASSWORD', 'MYSQL_ROOT_PASSWORD')
  const into = archive.content === 'pg_dumpall' ? undefined : (named ?? (archive.database || undefined))
  return {
    server: isPostgres ? 'postgres' : 'mariadb',
    ...{ key, service, text: describeDump(archive, database) },
    ...(user !== undefined && (isPostgres || variable !== undefined) && { user }),
    ...(into !== undefined && { database: into }),
    ...(roles && { globals: roles.file }),
    ...(variable !== undefined && { variable }),
    ...(rootVariable !== undefined && { rootVariable }),
  }
}

function describeDump(archive: Archive, { version }: Database): string {
  const hours = Math.max(0, Math.round((Date.now() - archive.modified.getTime()) / 3_600_000))
  const age = `${hours < 48 ? countOf(hours, 'hour') : countOf(Math.round(hours / 24), 'day')} old`
  const major = (text: string) => text.split('.')[0]
  const isSame = archive.version === '' || version === 'unknown' || major(archive.version) === major(version)
  const proof = isSame
    ? 'rows by checksums, definitions by their text'
    : `rows by checksums, definitions by their names, as another version wrote them`
  return `${describeArchive(archive)}, ${age}; the step proves ${proof}`
}
