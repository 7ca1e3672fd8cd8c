import { formatBytes } from '../steps/format.ts'

/** A dump or an archive in a backup, as its bytes show. */
export interface Archive {
  /** Its path below the backup. */
  readonly file: string
  readonly sizeBytes: number
  readonly modified: Date
  /** The outermost form: gzip, zstd, xz, bzip2, zip, tar, folder, custom, sqlite, empty or text. */
  readonly form: string
  /** What is inside: `pg_dumpall`, `mysqldump`, `tar` and so on, or `unknown`. */
  readonly content: string
  /** The version of the server that was dumped; empty if unknown. */
  readonly version: string
  /** complete or truncated; empty if there was no time to read all of it. */
  readonly state: string
  /** The database that it is of, where its first lines name one. */
  readonly database: string
  /** What a tar archive holds, the first seven names of each path, the shortest first. */
  readonly members: readonly string[]
}

/** The directory of an archive that a place is restored from. */
export interface ChosenArchive {
  readonly archive: Archive
  /** "." is the whole archive. */
  readonly inside: string
}

/** Parses what archives.sh prints. */
export function archivesOf(found: {
  readonly archive: readonly string[]
  readonly member: readonly string[]
}): readonly Archive[] {
  return found.archive.map((line) => {
    const [file = '', bytes, seconds, form = '', content = '', version = '', state = '', database = ''] =
      line.split('|')
    const members = found.member.flatMap((one) =>
      one.startsWith(`${file}|`) ? [one.slice(file.length + 1)] : [],
    )
    const modified = new Date(Number(seconds) * 1000)
    return { file, sizeBytes: Number(bytes), modified, form, content, version, state, database, members }
  })
}

/** The engine whose server loads a dump. */
const ENGINES: Readonly<Record<string, readonly string[]>> = {
  pg_dump: ['PostgreSQL'],
  pg_dumpall: ['PostgreSQL'],
  'pg_dump custom': ['PostgreSQL'],
  'pg_dump directory': ['PostgreSQL'],
  mysqldump: ['MySQL', 'MariaDB'],
  'mariadb-dump': ['MariaDB', 'MySQL'],
  mongodump: ['MongoDB'],
}

/** Whether an archive is a dump of one of these engines. */
export function isDumpOf({ content }: Archive, engine: string | undefined): boolean {
  return engine !== undefined && (ENGINES[content]?.includes(engine) ?? false)
}

/** Whether it holds the roles of a PostgreSQL server, and nothing else. */
export function holdsRoles({ content }: Archive): boolean {
  return content === 'pg_dumpall --globals-only'
}

/** The first path in an archive with the name of a place; undefined if there is none. */
export function memberFor({ members }: Archive, names: readonly string[]): string | undefined {
  const found = members.map((path) => {
    const parts = path.split('/').filter((name) => name !== '')
    const at = parts.findIndex((name) => names.includes(name))
    return at < 0 ? undefined : parts.slice(0, at + 1).join('/')
  })
  return found.find((path) => path !== undefined)
}

/** Describes an archive: `a dump of PostgreSQL 17.2 (pg_dumpall, gzip), 12 KiB, of 2026-11-28 03:00 UTC, complete`. */
export function describeArchive(archive: Archive): string {
  const { sizeBytes, modified, state } = archive
  const time = `${modified.toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return [whatItIs(archive), formatBytes(sizeBytes), `of ${time}`, ...(state === '' ? [] : [state])].join(
    ', ',
  )
}

function whatItIs({ content, form, version, members }: Archive): string {
  const packed = [content, ...(['gzip', 'zstd', 'xz', 'bzip2'].includes(form) ? [form] : [])].join(', ')
  const [engine] = ENGINES[content] ?? []
  if (engine !== undefined) return `a dump of ${engine}${version === '' ? '' : ` ${version}`} (${packed})`
  const others: Readonly<Record<string, string>> = {
    tar: `an archive (${packed})${members.length > 0 ? ` with ${tops(members)}` : ''}`,
    zip: 'an archive (zip)',
    encrypted: 'an encrypted file; if it is a tar archive, a step archive-restore reads it with its key',
    empty: 'an empty file',
    unknown: `${form === 'text' ? 'a text file' : `a file packed with ${form}`} of unknown content`,
    'pg_dumpall --globals-only': `the roles of a PostgreSQL ${version} (${packed})`,
  }
  return others[content] ?? `a file with a ${content}`
}

/** The directories of an archive that branch, at most five. */
function tops(members: readonly string[]): string {
  const depth = Math.max(1, ...members.map((path) => path.replace(/\/$/, '').split('/').length))
  const level = (most: number) => [
    ...new Set(members.map((path) => path.split('/').filter(Boolean).slice(0, most).join('/'))),
  ]
  const wanted = [1, 2, 3].find((most) => most >= depth || level(most).length > 1) ?? 3
  const names = level(wanted).filter(
    (path, _index, all) => !all.some((other) => other.startsWith(`${path}/`)),
  )
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}
