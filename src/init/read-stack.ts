import { StepRefused } from '../errors.ts'
import type { HostView } from '../host/host.ts'
import { databaseIn } from './databases.ts'
import { inspect, type InspectedConfiguration, type Inspection } from './inspection.ts'
import { notesOf } from './limits.ts'
import { ambiguitiesOf, foldersOf, type Backed } from './folders.ts'
import { candidatesOf, isIn, type Candidate } from './mounts.ts'
import { idOf, MOST_OF_STACK } from './names.ts'
import { placesOf } from './places.ts'
import { directoryOf } from './plan-text.ts'
import { pageOf, portsOf } from './ports.ts'
import type { Data, Service, Stack } from './stack.ts'
import { stackOf, type Survey, type SurveyedContainer } from './survey.ts'

export interface Wanted {
  readonly project: string
  /** Where the backup is on the host; `/backup/<name>` unless said. */
  readonly backup: string | undefined
}

/** Reads one project of a surveyed host. Changes nothing. @throws StepRefused where it has no Compose file to start from */
export async function readStack(found: Survey, wanted: Wanted, host: HostView): Promise<Stack> {
  const all = found.containers.filter(({ project }) => project === wanted.project)
  const [first] = all
  const files = first?.files.split(',').filter(Boolean) ?? []
  const [file, ...overrides] = files
  if (!first || file === undefined) {
    throw new StepRefused(
      `project ${wanted.project} on ${host.name} does not say which Compose file it was started from; was it started by Compose v2?`,
    )
  }
  const name = stackOf(first)
  const original = found.containers.find((one) => one.stack === '' && stackOf(one) === name)
  const backup = wanted.backup ?? `/backup/${original?.project ?? name}`
  const mounted = candidatesOf(all, found.volumes)
  const url = pageOf(all)
  const words = [wanted.project, first.directory, name, ...mounted.map(({ live }) => live)]
  const inspected = await inspect(
    {
      project: { file, overrides, project: wanted.project },
      places: mounted.map(({ at }) => at),
      backup,
      words: [...words, ...all.map((one) => one.name)].filter((word) => word.length > 2),
      url,
    },
    host,
  )
  const { config } = inspected
  if (!config) {
    const why =
      inspected.absent.length > 0
        ? `is not there: ${inspected.absent.join(', ')}`
        : (inspected.wrong ?? 'cannot be read')
    throw new StepRefused(
      `the Compose file of project ${wanted.project} on ${host.name}: ${why}; a restore starts the stack from it, so put it there first`,
    )
  }
  const containers = all.filter(({ service }) => config.services[service])
  const directory = first.directory || directoryOf(file)
  const candidates = candidatesOf(containers, found.volumes)
  const { places, left, shared } = placesOf(candidates, { found, inspected, name, directory, backup })
  const madeBy = name === idOf(wanted.project, MOST_OF_STACK) ? undefined : wanted.project
  const keys = places.map((place) => keyOf(place, { config, madeBy }))
  const backed = places.map((place, index) => ({
    live: place.live,
    ...namesOf(place, { key: keys[index] ?? '', directory }),
  }))
  const folders = foldersOf(backed, inspected.inBackup)
  // Of a backup that holds none of it, it is said what has to be put there.
  const isHeld = (index: number) => folders[index]?.there === true || !folders.some(({ there }) => there)
  const data = places.flatMap((place, index) =>
    isHeld(index)
      ? [
          dataOf(place, {
            key: keys[index] ?? '',
            from: folders[index]?.name ?? '',
            config,
            inspected,
            containers,
          }),
        ]
      : [],
  )
  const missing = places.flatMap((place, index) =>
    isHeld(index) ? [] : [{ place, folder: folders[index]?.name ?? '' }],
  )
  const status = Number(inspected.status ?? 0)
  const manifest = inspected.manifest[0]
  const stack: Omit<Stack, 'notes'> = {
    ...{ host: host.name, project: wanted.project, name, files, directory },
    services: servicesOf(containers, config),
    data,
    kept: keptOf(containers, { data, config }),
    networks: Object.entries(config.networks ?? {}).flatMap(([key, { name, external }]) =>
      name === undefined || external || name.startsWith(`${wanted.project}_`) ? [] : [{ key, network: name }],
    ),
    backup: { directory: backup, there: inspected.backup !== undefined, ...(manifest && { manifest }) },
    schedules: inspected.schedule,
    ...(url !== undefined && { page: { url, status: status >= 200 && status < 500 ? status : 200 } }),
  }
  const orphans = all.filter((one) => !containers.includes(one))
  const said = [...left.map(({ why }) => why), ...shared, ...ambiguitiesOf(backed, inspected.inBackup)]
  return { ...stack, notes: notesOf({ stack, found, containers, orphans, inspected, missing, said }) }
}

/** Named volumes that are mounted and not restored, by their keys in the Compose file. */
function keptOf(
  containers: readonly SurveyedContainer[],
  { data, config }: { readonly data: readonly Data[]; readonly config: InspectedConfiguration },
): Stack['kept'] {
  const mounted = new Set(
    containers.flatMap(({ mounts }) => mounts.flatMap(({ Type, Name }) => (Type === 'volume' ? [Name] : []))),
  )
  return Object.entries(config.volumes ?? {}).flatMap(([key, { name }]) =>
    name !== undefined && mounted.has(name) && !data.some(({ live }) => live === name)
      ? [{ key, volume: name }]
      : [],
  )
}

/** What fresh ones are called after. What a run made is called after that run: without it, or names would grow by each. */
function keyOf(
  { is, live }: Candidate,
  { config, madeBy }: { readonly config: InspectedConfiguration; readonly madeBy: string | undefined },
): string {
  if (is === 'volume') return volumeKeyOf(live, config)
  return madeBy !== undefined && live.endsWith(`-${madeBy}`) ? live.slice(0, -madeBy.length - 1) : live
}

/** What its folder in the backup may be called. */
function namesOf(
  { is }: Candidate,
  { key, directory }: { readonly key: string; readonly directory: string },
): Pick<Backed, 'called' | 'or'> {
  if (is === 'volume') return { called: key }
  const last = key.slice(key.lastIndexOf('/') + 1)
  const below = isIn(directory, key) ? key.slice(directory.length + 1) : last
  const plain = (name: string) => name.replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
  return { called: plain(below), or: plain(last) }
}

/** The key of a volume in the Compose file; the name itself where the file does not tell. */
function volumeKeyOf(live: string, config: InspectedConfiguration): string {
  const [key] = Object.entries(config.volumes ?? {}).find(([, { name }]) => name === live) ?? []
  return key ?? live
}

interface About {
  readonly key: string
  readonly from: string
  readonly config: InspectedConfiguration
  readonly inspected: Inspection
  readonly containers: readonly SurveyedContainer[]
}

function dataOf(
  { is, live, at, mounts }: Candidate,
  { key, from, config, inspected, containers }: About,
): Data {
  const { name: _name, external, ...spoken } = (is === 'volume' ? config.volumes?.[key] : undefined) ?? {}
  const also = Object.entries(config.volumes ?? {}).flatMap(([other, { name }]) =>
    is === 'volume' && name === live && other !== key ? [other] : [],
  )
  const users = containers.filter(({ service }) => mounts.some((mount) => mount.service === service))
  const database = databaseIn(at, { inspected, users })
  return {
    ...{ key, is, live, from, mounts },
    ...(also.length > 0 && { also }),
    ...(!external && Object.keys(spoken).length > 0 && { spoken: true as const }),
    ...(database && { database }),
  }
}

/** Each service once, however many containers it has. */
function servicesOf(
  containers: readonly SurveyedContainer[],
  config: InspectedConfiguration,
): readonly Service[] {
  const first = new Map(containers.toReversed().map((one) => [one.service, one]))
  return [...first.values()]
    .toSorted((a, b) => a.service.localeCompare(b.service))
    .map((one) => serviceOf(one, config))
}

function serviceOf(container: SurveyedContainer, { services }: InspectedConfiguration): Service {
  const { service, image, status, variables } = container
  const declared = services[service]
  return {
    ...{ service, image, status, ports: portsOf(container), variables: variables.toSorted() },
    ...(declared?.container_name !== undefined && { containerName: declared.container_name }),
    ...(declared?.build === true && declared.image === undefined && { built: true as const }),
  }
}
