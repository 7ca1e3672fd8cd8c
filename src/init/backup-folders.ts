import { InitRefused } from './init-refused.ts'
import { isIn } from '../fields/is-in.ts'
import type { HostView } from '../host/host.ts'
import { archivedFor, isReadable } from './archived.ts'
import { describeArchive, isDumpOf, memberFor, type Archive } from './archives.ts'
import { readContents, type BackupContents } from './backup-contents.ts'
import { formOf } from './account.ts'
import type { Choice } from './chosen.ts'
import { folderNamesOf } from './data.ts'
import { databaseNameOf } from './databases.ts'
import { dumpFor, whyNotLoaded } from './dumps.ts'
import type { InspectedConfiguration, Inspection } from './inspection.ts'
import { matchFolders, type Match, type PlaceToMatch } from './match-folders.ts'
import { usersOf, type Candidate } from './places.ts'
import { readsLog } from './server-options.ts'
import type { MissingPlace } from './stack.ts'
import type { SurveyedContainer } from './survey.ts'

export interface BackupFoldersOptions {
  readonly backup: string
  readonly places: readonly Candidate[]
  readonly keys: readonly string[]
  readonly choices: readonly Choice[]
  readonly directory: string
  /** The project's original name, if a run made this one. */
  readonly before: string | undefined
  readonly project: string
  readonly containers: readonly SurveyedContainer[]
  readonly config: InspectedConfiguration
  /** Lines of mounted configuration. */
  readonly settings: Inspection['settings']
  /** The database that a place holds, such as `PostgreSQL 17`. */
  readonly holds: (place: Candidate) => string
}

/** Folders on the same level as those that are restored, with data that nothing uses. */
export function unusedBeside(
  { folders, vacant }: Pick<BackupContents, 'folders' | 'vacant'>,
  { restored, used }: { readonly restored: readonly string[]; readonly used: readonly string[] },
): readonly string[] {
  const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')))
  const parents = restored.map(parentOf)
  return folders.filter(
    (folder) =>
      parents.includes(parentOf(folder)) &&
      !vacant.includes(folder) &&
      !used.some((one) => one === folder || one.startsWith(`${folder}/`)),
  )
}

export interface BackupFolders {
  readonly contents: BackupContents
  /** The folder of each place; undefined for one that the backup does not hold, or whose live one is kept. */
  readonly folders: readonly (Match | undefined)[]
  readonly missing: readonly MissingPlace[]
  readonly backups: readonly string[]
}

/** Finds the folder of each place in the backup. @throws InitRefused for a folder of --map that the backup does not have */
export async function backupFolders(options: BackupFoldersOptions, host: HostView): Promise<BackupFolders> {
  const { backup, places, choices, project } = options
  const all = places.map((place, index) => placeToMatch(place, index, options))
  const base = (path: string) => path.slice(path.lastIndexOf('/') + 1)
  const names = all.flatMap(({ at, live, called, whole, alternative = called }) => [
    ...[base(at), base(live), called, whole, alternative],
  ])
  const mapped = choices.flatMap(({ folder }) => (folder === undefined ? [] : [base(folder)]))
  const contents = await readContents(
    { backup, names: [...new Set([...names, ...mapped])], places: places.map(({ at }) => at) },
    host,
  )
  const isFile = (file: string | undefined) => contents.archives.some((one) => one.file === file)
  const wrong = choices.find(
    ({ folder }) => folder !== undefined && !contents.folders.includes(folder) && !isFile(folder),
  )
  if (wrong) {
    const top = contents.folders.filter((folder) => !folder.includes('/')).join(', ')
    throw new InitRefused(`the backup ${backup} has no folder ${wrong.folder}; it has: ${top || 'none'}`)
  }
  const named = all.map((place, index) => ({
    ...place,
    inBackupFile: contents.mounts.flatMap(({ service, target, source }) =>
      (places[index]?.mounts ?? []).some((use) => use.service === service && use.target === target)
        ? [source]
        : [],
    ),
  }))
  const wanted = named.filter(({ mapped }, index) => choices[index]?.isKept !== true && !isFile(mapped))
  const found = matchFolders(wanted, contents, { names: [project, base(options.directory)] })
  const matchOf = (place: PlaceToMatch) => found.matches[wanted.findIndex(({ live }) => live === place.live)]
  // If the backup is not there, the notes list the folders to put there.
  const isAbsent = contents.folders.length === 0 && contents.archives.length === 0
  const byFolder = all.map((place) => {
    const match = matchOf(place)
    if (!match || isAbsent) return match
    return match.there && whyUnfit(place, match.folder, contents) === undefined ? match : undefined
  })
  const dumps = dumpsOf(all, { byFolder, contents, options })
  const archived = archivedFor(
    all.map((place, index) => {
      const { mounts = [] } = places[index] ?? {}
      const isOpen = !byFolder[index] && !dumps[index]?.chosen && choices[index]?.isKept !== true
      // A part of a directory, or a volume that is one, is not replaced by a fresh one.
      const isWhole = !mounts.some(({ below, volume }) => below ?? volume)
      return isOpen && isWhole ? { ...place, targets: mounts.map(({ target }) => target) } : undefined
    }),
    contents.archives,
  )
  const folders = all.map((_, index): Match | undefined => {
    const { chosen } = dumps[index] ?? {}
    const packed = archived[index]
    if (chosen) return { folder: chosen.archive.file, there: true, dump: chosen }
    return packed ? { folder: packed.archive.file, there: true, archived: packed } : byFolder[index]
  })
  const missing = places.flatMap((place, index): MissingPlace[] => {
    const one = all[index]
    if (folders[index] || !one) return []
    const { live, mounts } = place
    return [
      {
        ...{
          is: formOf(place),
          live,
          mounts,
          key: options.keys[index] ?? live,
          folder: matchOf(one)?.folder ?? one.called,
        },
        ...{ holds: options.holds(place), isKept: choices[index]?.isKept === true },
        why: whyMissing(one, matchOf(one), contents),
        candidates: found.ambiguous.get(live) ?? [],
        archives: archivesFor(one, { contents, rivals: dumps[index]?.rivals ?? [] }),
      },
    ]
  })
  return { contents, folders, missing, backups: found.backups }
}

function whyMissing(place: PlaceToMatch, match: Match | undefined, contents: BackupContents): string {
  if (match?.there !== true) return `there is no folder ${match?.folder ?? place.called}`
  return whyUnfit(place, match.folder, contents) ?? ''
}

/** Why a folder that is called like a place cannot be what it is restored from; undefined if it can. */
function whyUnfit(place: PlaceToMatch, folder: string, contents: BackupContents): string | undefined {
  const { engine, at, mapped, services } = place
  if (contents.vacant.includes(folder)) return `the folder ${folder} is empty`
  const isHere = (path: string) => path === folder || path.startsWith(`${folder}/`)
  if (engine === 'Redis' && readsLogAt(place, contents) && !contents.logs.some(isHere))
    return `the folder ${folder} has no append-only file, and with appendonly yes the server of ${services.join(', ')} reads nothing else: it would start empty. Start a server on a copy of the folder with --appendonly no, type CONFIG SET appendonly yes, and back up that copy`
  if (mapped !== undefined) return undefined
  const engines = [...contents.clusters.keys(), ...contents.engines.keys()]
  if (engine !== undefined && engine !== 'Redis' && !engines.some(isHere))
    return `the folder ${folder} holds no data directory of ${engine}`
  const owner = contents.owners.get(at)
  // The official images of databases set the owner of their data at each start.
  if (owner !== undefined && engine === undefined && contents.rootOnly.includes(folder))
    return `in the folder ${folder} everything belongs to root, and in the live place not: the copy lost the owners, and the service may not write to it. Give them back, with chown -R ${owner} if all belongs to that user; or take it as it is, with --map`
  const entries = contents.entries.get(folder) ?? []
  const packed = contents.archives.map(({ file }) => file)
  const isPacked = entries.length > 0 && entries.every((name) => packed.includes(`${folder}/${name}`))
  const live = contents.entries.get(at) ?? []
  return isPacked && !entries.some((name) => live.includes(name))
    ? `the folder ${folder} holds only dumps or archives`
    : undefined
}

/** Whether its server of Redis starts from append-only files, as its live data or its settings show. */
function readsLogAt({ at, readsLog }: PlaceToMatch, { logs }: BackupContents): boolean {
  return readsLog === true || logs.some((path) => isIn(at, path))
}

function placeToMatch(place: Candidate, index: number, options: BackupFoldersOptions): PlaceToMatch {
  const { is, live, at, mounts } = place
  const { directory, before, choices } = options
  const services = [...new Set(mounts.map(({ service }) => service))]
  const engine = options.holds(place).split(' ')[0] || engineOfImage(place, options.containers)
  const mapped = choices[index]?.folder
  const users = usersOf(place, options.containers)
  const isLog = readsLog({
    command: users.flatMap(({ service }) => options.config.services[service]?.command ?? []),
    lines: options.settings
      .filter(({ at: file }) => users.some((one) => one.mounts.some(({ Source }) => Source === file)))
      .map(({ line }) => line),
  })
  return {
    ...{ is, live, at, services, inBackupFile: [] },
    ...folderNamesOf(place, { key: options.keys[index] ?? '', directory, before, config: options.config }),
    ...(engine !== undefined && { engine }),
    ...(mapped !== undefined && { mapped }),
    ...(isLog && { readsLog: true as const }),
  }
}

const IMAGES = [
  ['PostgreSQL', /postgres|postgis|timescale|pgvector/],
  ['MariaDB', /mariadb/],
  ['MySQL', /mysql|percona/],
  ['MongoDB', /mongo/],
  ['Redis', /redis|valkey|keydb/],
] as const

/** The engine whose image mounts a place, at a path that images of databases use for their data. */
function engineOfImage(place: Candidate, containers: readonly SurveyedContainer[]): string | undefined {
  if (!place.mounts.some(({ target }) => /^\/(var\/lib\/(postgresql|mysql)|bitnami|data)/.test(target)))
    return undefined
  const images = usersOf(place, containers).map(({ image }) => image)
  return IMAGES.find(([, pattern]) => images.some((image) => pattern.test(image)))?.[0]
}

/** The dumps of the places that no folder holds. Two servers of one engine are told apart by --map only. */
function dumpsOf(
  all: readonly PlaceToMatch[],
  {
    byFolder,
    contents,
    options,
  }: {
    readonly byFolder: readonly (Match | undefined)[]
    readonly contents: BackupContents
    readonly options: BackupFoldersOptions
  },
): readonly ReturnType<typeof dumpFor>[] {
  const { places, choices, containers } = options
  const isOpen = (index: number) => !byFolder[index] && choices[index]?.isKept !== true
  return all.map(({ engine, mapped }, index) => {
    const place = places[index]
    // A fresh volume takes the place of one mount; a part of a directory, or a volume that is one, is not replaced so.
    if (!place || !isOpen(index) || place.mounts.some(({ below, volume }) => below ?? volume))
      return { rivals: [] }
    const isOnly = all.filter((other, at) => other.engine === engine && isOpen(at)).length === 1
    const [database] = usersOf(place, containers).flatMap(({ settings }) => databaseNameOf(settings) ?? [])
    const { chosen, rivals } = dumpFor(contents.archives, { engine, database, mapped })
    return { ...(chosen && (isOnly || mapped !== undefined) && { chosen }), rivals }
  })
}

/** What of the backup may hold a place's data, in lines, and why it is not taken. */
function archivesFor(
  place: PlaceToMatch,
  { contents, rivals }: { readonly contents: BackupContents; readonly rivals: readonly Archive[] },
): readonly string[] {
  const base = place.at.slice(place.at.lastIndexOf('/') + 1)
  const names = [place.called, place.whole, place.live, place.alternative ?? base].filter(
    (name) => name !== '_data',
  )
  return contents.archives.flatMap((archive) => {
    const member = memberFor(archive, names)
    const text = `${archive.file}: ${describeArchive(archive)}`
    if (member !== undefined)
      return [
        `${text}; ${member} in it is called like this place${isReadable(archive) ? '; to restore it: --map with this file' : ', but archive-restore cannot read it'}`,
      ]
    if (!isDumpOf(archive, place.engine)) return []
    return [
      `${text}; ${rivals.includes(archive) ? 'to restore it: --map with this file' : whyNotLoaded(archive, place.engine)}`,
    ]
  })
}
