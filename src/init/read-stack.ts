import { InitRefused } from './init-refused.ts'
import type { HostView } from '../host/host.ts'
import { layersOf } from '../steps/compose-up/replaced-places.ts'
import { untriedKeys, withFileKeys } from './application-keys.ts'
import { accountOf, othersOf, placeName, placeOfLayer } from './account.ts'
import { configurationFiles, missingEnvFiles, putBack } from './configuration-files.ts'
import { backupFolders, unusedBeside } from './backup-folders.ts'
import { choicesOf } from './chosen.ts'
import { databaseIn, databaseOfDump, databasesOf, serverOfDatabase } from './databases.ts'
import { isDumpOf } from './archives.ts'
import { archivedOf } from './archived.ts'
import { dumpOf, type ChosenDump } from './dumps.ts'
import { dataOf, keptOf, keyOf, plainName } from './data.ts'
import { dayAfterNotes, dayAfterOf, envFileOf, isGuard } from './day-after.ts'
import { inspect, type Inspection } from './inspection.ts'
import { notesOf } from './notes.ts'
import { NOT_CREATED, withAbsentServices } from './from-file.ts'
import { directoryOf, distinct, withoutRun } from './names.ts'
import { candidatesOf, isAnonymous, isWritten, placesOf, usersOf } from './places.ts'
import {
  absentDependencies,
  absentUsers,
  projectAsStarted,
  startedLike,
  startedServices,
} from './as-started.ts'
import { inspectSchedules } from './schedules.ts'
import { pagesOf, servicesOf } from './services.ts'
import { withSqlite } from './sqlite.ts'
import type { Data, Database, MissingPlace, Place, Stack } from './stack.ts'
import { isServerConfiguration } from './server-options.ts'
import { stackOf, type Survey, type SurveyedContainer } from './survey.ts'

export interface Wanted {
  readonly project: string
  /** Where the backup is on the host. Default: `/backup/<project>`. */
  readonly backup: string | undefined
  /** `PLACE=FOLDER`: the folder of the backup that a place is restored from. */
  readonly map?: readonly string[]
  /** Whether configuration that differs from the backup's is restored, too. */
  readonly isConfigFromBackup?: boolean
  /** Places whose live ones stay in the restored stack. */
  readonly keep?: readonly string[]
}

/** Reads one project of a surveyed host. Changes nothing. @throws InitRefused if its Compose file is unknown or unreadable */
export async function readStack(found: Survey, wanted: Wanted, host: HostView): Promise<Stack> {
  const all = found.containers.filter(({ project }) => project === wanted.project)
  const first = startedLike(all)
  const files = first?.files.split(',').filter((one) => one !== '' && !isGuard(one)) ?? []
  const [file, ...overrides] = files
  if (!first || file === undefined) {
    throw new InitRefused(
      `project ${wanted.project} on ${host.name} has no label with its Compose file; start it with Compose v2`,
    )
  }
  const name = stackOf(first)
  const madeBy = first.stack === '' ? undefined : wanted.project
  const original = found.containers.find((one) => one.stack === '' && stackOf(one) === name)
  const originally = original?.project ?? name
  const backup = wanted.backup ?? `/backup/${originally}`
  const mounted = candidatesOf(all, found.volumes)
  const urls = pagesOf(all)
  const words = [
    ...[wanted.project, originally, name, first.directory],
    ...mounted.flatMap(({ live }) => [live, withoutRun(live, madeBy)]),
    ...all.map((one) => one.name),
  ]
  const inspected = await inspect(
    {
      project: projectAsStarted(first, { file, overrides, project: wanted.project }),
      places: [...new Set([...mounted.map(({ at }) => at), ...anonymousOf(all, found)])],
      backup,
      serverConfigurations: all.flatMap(({ mounts }) =>
        mounts.flatMap(({ Type, Source, Destination }) =>
          Type === 'bind' && isServerConfiguration(Destination) ? [Source] : [],
        ),
      ),
      urls,
    },
    host,
  )
  const { config } = inspected
  if (!config) {
    const absent = [...inspected.absent, ...missingEnvFiles(inspected.wrong)]
    const why = absent.length > 0 ? `missing: ${absent.join(', ')}` : (inspected.wrong ?? 'cannot be read')
    const files = await configurationFiles(
      {
        ...{ backup, directory: first.directory || directoryOf(file), files: absent },
        ...{ containers: all, directories: inspected.directory, data: [], isFromBackup: false },
      },
      host,
    )
    throw new InitRefused(
      `the Compose file of project ${wanted.project} on ${host.name}: ${why}; a restore starts the stack from it, so restore this file first${putBack(backup, files)}`,
    )
  }
  const withServices = (services: readonly string[]) => {
    const more = withAbsentServices(found, { declaration: inspected.declaration, like: first, services })
    // Otherwise this would be asked again without an end.
    if (more.containers.length === found.containers.length)
      throw new InitRefused(`docker compose config of ${file} does not show service ${services.join(', ')}`)
    return readStack(more, wanted, host)
  }
  const { map = [], keep = [] } = wanted
  const absent = [
    ...absentDependencies(all, config),
    ...absentUsers(all, { config, places: [...map, ...keep] }),
  ]
  if (absent.length > 0) return await withServices(absent)
  const containers = all.filter(({ service }) => config.services[service])
  const directory = first.directory || directoryOf(file)
  const candidates = candidatesOf(containers, found.volumes)
  const { places, left, shared } = placesOf(candidates, { found, inspected, name, directory, backup })
  const keys = places.map((place) => keyOf(place, { config, madeBy }))
  const databases = databasesOf(places, { inspected, containers })
  const isNew = all.every(({ status }) => status === NOT_CREATED)
  const others = [
    ...left.map(({ candidate: { is, live, mounts }, why }) => ({
      ...{ is, live, mounts, why },
      verdict: 'kept' as const,
    })),
    ...othersOf(containers, { found, inspected, candidates }),
    ...candidates.flatMap((one) =>
      inspected.sqliteFile.includes(one.at) && isWritten(one)
        ? [
            {
              ...{ is: 'file' as const, live: one.live, mounts: one.mounts, verdict: 'kept' as const },
              why: 'single files are not restored',
            },
          ]
        : [],
    ),
  ]
  const choices = choicesOf(
    { map, keep: keep.filter((name) => !others.some(({ live }) => live === name)) },
    { places, keys, directory, backup },
  )
  const { contents, folders, missing, backups } = await backupFolders(
    {
      ...{ backup, places, keys, choices, directory, containers, config },
      ...{ before: madeBy && originally, project: originally, settings: inspected.settings },
      holds: (place) => {
        const database = databases.get(place.live)
        return database ? `${database.engine} ${database.version}` : ''
      },
    },
    host,
  )
  // A container that is gone, or a service of a profile: the backup shows that it belongs to the stack.
  const isUnused = (name: string) =>
    contents.folders.includes(name) &&
    !contents.vacant.includes(name) &&
    !folders.some((match) => match?.there && match.folder === name)
  const backedUp = Object.entries(config.services).flatMap(([service, declared]) =>
    !all.some((one) => one.service === service) && declared.folders.some(isUnused) ? [service] : [],
  )
  if (backedUp.length > 0) return await withServices(backedUp)
  // A dump goes into a volume: where the Compose file has a directory, an override has to name it.
  const isInPlace =
    isNew &&
    !places.some(
      ({ at, is, live }, index) =>
        inspected.directory.includes(at) ||
        (is === 'directory' && folders[index]?.dump) ||
        (isAnonymous(live) && folders[index]),
    )
  const layers = (
    await layersOf(
      containers.filter(({ id }) => id !== ''),
      host,
    )
  ).map(placeOfLayer)
  const account = accountOf(places, { folders, missing, inspected, databases })
  const volumeKeys = Object.keys(config.volumes ?? {})
  const dumpKeys = distinct([
    ...volumeKeys,
    ...keys.map((key) => plainName(key.slice(key.lastIndexOf('/') + 1))),
  ]).slice(volumeKeys.length)
  const restored = places.flatMap((place, index) => {
    const match = folders[index]
    if (!match || account[index]?.verdict !== 'restored') return []
    const { folder: from, guess, dump, archived } = match
    const users = usersOf(place, containers)
    // Where the live data is gone, the backup shows what it was.
    const database =
      databases.get(place.live) ??
      (dump
        ? databaseOfDump(isDumpOf(dump.archive, 'PostgreSQL') ? 'PostgreSQL' : 'MariaDB', {
            ...{ version: dump.archive.version, inspected, users },
          })
        : databaseIn(`${backup}/${from}`, { inspected, users }))
    const key = keys[index] ?? ''
    return [
      {
        ...dataOf(place, { key, from, config, inspected, database }),
        ...(guess !== undefined && { guess }),
        ...(archived && { archived: archivedOf(archived) }),
        ...(isInPlace && { isInPlace: true as const }),
        ...(dump &&
          database &&
          dumpData(dump, { key: place.is === 'volume' ? key : (dumpKeys[index] ?? key), database, users })),
        ...(inspected.listed.includes([backup, from, database?.below].filter(Boolean).join('/')) && {
          isListed: true as const,
        }),
      },
    ]
  })
  const ats = new Map(places.map(({ live, at }) => [live, at]))
  const { data: read, notes: sqliteNotes } = await withSqlite(
    { data: restored, backup, at: ({ live }) => ats.get(live) ?? live },
    host,
  )
  const data = withFileKeys(read, config.services)
  const configuration = await configurationFiles(
    {
      ...{ backup, directory, files, containers, directories: inspected.directory },
      ...{ data: data.map(({ from }) => from), isFromBackup: wanted.isConfigFromBackup === true },
    },
    host,
  )
  const restoredFrom = data.flatMap(({ from, dump, archived }) => (dump || archived ? [] : [from]))
  const unused = unusedBeside(contents, {
    restored: restoredFrom,
    used: [...restoredFrom, ...configuration.map(({ from }) => from)],
  })
  // What is mounted read-only is no place of data, and its folder is not that of one.
  const strangers = unused.filter((folder) => !mounted.some(({ live }) => folderNames(live).includes(folder)))
  const { schedules, ...settings } = await inspectSchedules(
    {
      words: [...new Set(words)].filter((word) => word.length > 2),
      envFile: envFileOf(directory, first.environmentFile),
    },
    host,
  )
  // A stack under its own name needs nothing: a plain docker compose up -d is the restored one.
  const dayAfter = isInPlace
    ? undefined
    : dayAfterOf({ first, found, name, files, directory, configuration, ...settings })
  const page = pageAmong(urls, inspected.answers)
  const manifest = inspected.manifest[0]
  const stack: Omit<Stack, 'notes'> = {
    ...{ host: host.name, project: wanted.project, name, files, directory },
    services: servicesOf(containers, { config, madeBy, images: inspected.images }),
    start: {
      ...(directory !== directoryOf(file) && { projectDirectory: directory }),
      ...(inspected.envFile.length > 0 && { envFiles: inspected.envFile }),
      ...startedServices(containers, config),
    },
    places: [
      // A single file that is gone looks like a directory that is gone.
      ...[...account, ...others].filter(
        ({ live }) => !configuration.some(({ path, isRestored }) => isRestored && path === live),
      ),
      ...layers,
    ],
    ...{ data, configuration, backups, ...(isNew && { isNew }), ...(isInPlace && { isInPlace }) },
    // A file that is mounted and gone looks like a directory that is gone.
    missing: [
      ...unrestored(others, { unused, inspected, configuration, keep }),
      ...missing.flatMap((place) => {
        const verdict = account.find(({ live }) => live === place.live)?.verdict
        if (configuration.some(({ path }) => path === place.live)) return []
        if (verdict === 'kept') return [place]
        if (verdict === 'lost') return [{ ...place, why: `${place.why}, and it is gone from the host` }]
        // A stack that was started anew under another name is empty, and its data has another name in the backup.
        return verdict === 'empty' && strangers.length > 0
          ? [{ ...place, why: `it is empty, and no place uses ${strangers.join(', ')} of the backup` }]
          : []
      }),
    ],
    kept: [
      ...keptOf(containers, { data, config }).filter(
        ({ volume }) => !inspected.gone.includes(found.volumes.get(volume)?.at ?? ''),
      ),
      ...places.flatMap(({ live, mounts }, index) =>
        isAnonymous(live) && account[index]?.verdict === 'kept'
          ? [{ key: keys[index] ?? '', volume: live, mounts }]
          : [],
      ),
    ],
    networks: Object.entries(config.networks ?? {}).flatMap(([key, { name, external }]) =>
      name === undefined || external || !found.networks.has(name) ? [] : [{ key, network: name }],
    ),
    backup: { directory: backup, there: inspected.backup !== undefined, ...(manifest && { manifest }) },
    schedules: schedules.map(({ place }) => place),
    ...(typeof dayAfter === 'object' && { dayAfter }),
    ...(page && { page }),
  }
  const orphans = all.filter((one) => !containers.includes(one))
  const placeNotes = [
    ...[...account, ...layers].flatMap((one) =>
      one.why === undefined ? [] : [`${placeName(one)}: ${one.why}`],
    ),
    ...left.map(({ why }) => why),
    ...shared,
    ...sqliteNotes,
    ...untriedKeys(config.services, data),
  ]
  const notes = [
    ...notesOf({ stack, found, containers, orphans, inspected, contents, placeNotes }),
    ...(isInPlace
      ? []
      : dayAfterNotes(stack, { schedules, ...(typeof dayAfter === 'string' && { why: dayAfter }) })),
  ]
  return { ...stack, notes }
}

/** The names that the folder of a directory has in a backup. */
function folderNames(path: string): readonly string[] {
  return [path.slice(path.lastIndexOf('/') + 1), plainName(path)]
}

interface UnrestoredOptions {
  readonly unused: readonly string[]
  readonly inspected: Inspection
  readonly configuration: Stack['configuration']
  readonly keep: readonly string[]
}

/** Places that no plan restores, although the backup has a folder of their name, or they are a database: the operator decides. */
function unrestored(
  others: readonly Place[],
  { unused, inspected, configuration, keep }: UnrestoredOptions,
): readonly MissingPlace[] {
  return others.flatMap(({ is, live, mounts, verdict, why = '' }): MissingPlace[] => {
    const folder = folderNames(live).find((name) => unused.includes(name))
    const isDatabase = inspected.sqliteFile.includes(live)
    const isRestored = configuration.some(
      (one) => one.path === live && (one.isRestored || one.state === 'same'),
    )
    if (verdict !== 'kept' || is === 'layer' || isRestored || (folder === undefined && !isDatabase)) return []
    const about = isDatabase
      ? 'it is a SQLite file, and single files are restored with --config backup only'
      : `${why}, and the backup has it in ${folder}`
    return [
      {
        ...{
          is,
          live,
          mounts,
          key: live,
          folder: folder ?? live,
          why: about,
          holds: isDatabase ? 'SQLite' : '',
        },
        ...{ candidates: [], archives: [], isKept: keep.includes(live) },
      },
    ]
  })
}

function dumpData(
  dump: ChosenDump,
  {
    key,
    database,
    users,
  }: { readonly key: string; readonly database: Database; readonly users: readonly SurveyedContainer[] },
): Pick<Data, 'dump'> {
  const server = serverOfDatabase(database.engine, users)
  return server ? { dump: dumpOf(dump, { key, database, server }) } : {}
}

/**
 * Returns the first page that answers over HTTP, else the likeliest: of a stack that is broken now, nothing may answer. A port
 * that answers something else is none.
 */
function pageAmong(urls: readonly string[], answers: Inspection['answers']): Stack['page'] {
  const said = urls.map((url) => answers.find((one) => one.url === url))
  const answered = said.find((one) => one !== undefined && one.status > 0)
  if (answered) {
    const { url, status } = answered
    return { url, status: status >= 200 && status < 500 ? status : 200 }
  }
  const url = urls.find((_, index) => said[index]?.isOther !== true)
  return url === undefined ? undefined : { url, status: 200 }
}

/** The directories of the anonymous volumes of these containers. */
function anonymousOf(containers: readonly SurveyedContainer[], { volumes }: Survey): readonly string[] {
  return containers.flatMap(({ mounts }) =>
    mounts.flatMap(({ Name }) => (isAnonymous(Name) ? (volumes.get(Name)?.at ?? []) : [])),
  )
}
