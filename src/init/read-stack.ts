import { StepRefused } from '../errors.ts'
import type { HostView } from '../host/host.ts'
import { backupFolders } from './backup-folders.ts'
import { choicesOf } from './chosen.ts'
import { databaseIn } from './databases.ts'
import { dataOf, keptOf, keyOf } from './data.ts'
import { inspect } from './inspection.ts'
import { notesOf } from './notes.ts'
import { candidatesOf } from './places.ts'
import { withoutRun } from './names.ts'
import { placesOf } from './places.ts'
import { directoryOf } from './plan-text.ts'
import { pageOf } from './services.ts'
import { servicesOf } from './services.ts'
import { withSqlite } from './sqlite.ts'
import type { Stack } from './stack.ts'
import { isServerConfiguration } from './server-options.ts'
import { stackOf, type Survey } from './survey.ts'

export interface Wanted {
  readonly project: string
  /** Where the backup is on the host. Default: `/backup/<project>`. */
  readonly backup: string | undefined
  /** `PLACE=FOLDER`: the folder of the backup that a place is restored from. */
  readonly map?: readonly string[]
  /** Places whose live ones stay in the restored stack. */
  readonly keep?: readonly string[]
}

/** Reads one project of a surveyed host. Changes nothing. @throws StepRefused if its Compose file is unknown or unreadable */
export async function readStack(found: Survey, wanted: Wanted, host: HostView): Promise<Stack> {
  const all = found.containers.filter(({ project }) => project === wanted.project)
  const [first] = all
  const files = first?.files.split(',').filter(Boolean) ?? []
  const [file, ...overrides] = files
  if (!first || file === undefined) {
    throw new StepRefused(
      `project ${wanted.project} on ${host.name} has no label with its Compose file; start it with Compose v2`,
    )
  }
  const name = stackOf(first)
  const madeBy = first.stack === '' ? undefined : wanted.project
  const original = found.containers.find((one) => one.stack === '' && stackOf(one) === name)
  const originally = original?.project ?? name
  const backup = wanted.backup ?? `/backup/${originally}`
  const mounted = candidatesOf(all, found.volumes)
  const url = pageOf(all)
  const words = [
    ...[wanted.project, originally, name, first.directory],
    ...mounted.flatMap(({ live }) => [live, withoutRun(live, madeBy)]),
    ...all.map((one) => one.name),
  ]
  const inspected = await inspect(
    {
      project: { file, overrides, project: wanted.project },
      places: mounted.map(({ at }) => at),
      backup,
      serverConfigurations: all.flatMap(({ mounts }) =>
        mounts.flatMap(({ Type, Source, Destination }) =>
          Type === 'bind' && isServerConfiguration(Destination) ? [Source] : [],
        ),
      ),
      words: [...new Set(words)].filter((word) => word.length > 2),
      url,
    },
    host,
  )
  const { config } = inspected
  if (!config) {
    const why =
      inspected.absent.length > 0
        ? `missing: ${inspected.absent.join(', ')}`
        : (inspected.wrong ?? 'cannot be read')
    throw new StepRefused(
      `the Compose file of project ${wanted.project} on ${host.name}: ${why}; a restore starts the stack from it, so restore this file first`,
    )
  }
  const containers = all.filter(({ service }) => config.services[service])
  const directory = first.directory || directoryOf(file)
  const candidates = candidatesOf(containers, found.volumes)
  const { places, left, shared } = placesOf(candidates, { found, inspected, name, directory, backup })
  const keys = places.map((place) => keyOf(place, { config, madeBy }))
  const { map = [], keep = [] } = wanted
  const choices = choicesOf({ map, keep }, { places, keys, directory, backup })
  const { contents, folders, missing, backups } = await backupFolders(
    {
      ...{ backup, places, keys, choices, directory, containers },
      ...{ before: madeBy && originally, project: originally },
      holds: ({ at, mounts }) => {
        const users = containers.filter(({ service }) => mounts.some((mount) => mount.service === service))
        const database = databaseIn(at, { inspected, users })
        return database ? `${database.engine} ${database.version}` : ''
      },
    },
    host,
  )
  const restored = places.flatMap((place, index) => {
    const match = folders[index]
    if (!match) return []
    const { folder: from, guess } = match
    const one = dataOf(place, { key: keys[index] ?? '', from, config, inspected, containers })
    return [guess === undefined ? one : { ...one, guess }]
  })
  const ats = new Map(places.map(({ live, at }) => [live, at]))
  const { data, notes: sqliteNotes } = await withSqlite(
    { data: restored, backup, at: ({ live }) => ats.get(live) ?? live },
    host,
  )
  const status = Number(inspected.status ?? 0)
  const manifest = inspected.manifest[0]
  const stack: Omit<Stack, 'notes'> = {
    ...{ host: host.name, project: wanted.project, name, files, directory },
    services: servicesOf(containers, { config, madeBy }),
    ...{ data, missing, backups },
    kept: keptOf(containers, { data, config }),
    networks: Object.entries(config.networks ?? {}).flatMap(([key, { name, external }]) =>
      name === undefined || external || name.startsWith(`${wanted.project}_`) ? [] : [{ key, network: name }],
    ),
    backup: { directory: backup, there: inspected.backup !== undefined, ...(manifest && { manifest }) },
    schedules: inspected.schedule,
    ...(url !== undefined && { page: { url, status: status >= 200 && status < 500 ? status : 200 } }),
  }
  const orphans = all.filter((one) => !containers.includes(one))
  const placeNotes = [...left.map(({ why }) => why), ...shared, ...sqliteNotes]
  return { ...stack, notes: notesOf({ stack, found, containers, orphans, inspected, contents, placeNotes }) }
}
