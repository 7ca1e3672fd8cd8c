import { StepRefused } from '../errors.ts'
import type { HostView } from '../host/host.ts'
import { databaseIn } from './databases.ts'
import { inspect, type InspectedConfiguration, type Inspection } from './inspection.ts'
import { notesOf } from './limits.ts'
import { candidatesOf, type Candidate } from './mounts.ts'
import { pageOf, portsOf } from './ports.ts'
import type { Data, Service, Stack } from './stack.ts'
import type { Survey, SurveyedContainer } from './survey.ts'

export interface Wanted {
  readonly project: string
  /** Where the backup is on the host; `/backup/<name>` unless said. */
  readonly backup: string | undefined
}

/** Reads one project of a surveyed host. Changes nothing. @throws StepRefused where it has no Compose file to start from */
export async function readStack(found: Survey, wanted: Wanted, host: HostView): Promise<Stack> {
  const containers = found.containers.filter(({ project }) => project === wanted.project)
  const [first] = containers
  const files = first?.files.split(',').filter(Boolean) ?? []
  const [file, ...overrides] = files
  if (!first || file === undefined) {
    throw new StepRefused(
      `project ${wanted.project} on ${host.name} does not say which Compose file it was started from; was it started by Compose v2?`,
    )
  }
  const name = wanted.project.replace(/-restore-\d{8}-\d{4,6}(~\d+)?$/, '')
  const backup = wanted.backup ?? `/backup/${name}`
  const candidates = candidatesOf(containers, found.volumes)
  const url = pageOf(containers)
  const words = [wanted.project, first.directory, ...candidates.map(({ live }) => live)]
  const inspected = await inspect(
    {
      project: { file, overrides, project: wanted.project },
      places: candidates.map(({ at }) => at),
      backup,
      words: [...words, ...containers.map((one) => one.name)].filter((word) => word.length > 2),
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
  const places = candidates.filter(({ live, at, is }) => is === 'volume' || isData(live, at, inspected))
  const held = wanted.backup === undefined || inspected.inBackup.length === 0
  const chosen = places.map((place) => ({ place, folder: folderOf(place, config, inspected.inBackup) }))
  const restored = chosen.filter(({ folder }) => held || folder.there)
  const left = chosen.filter((one) => !restored.includes(one)).map(({ place }) => place)
  const data = restored.map(({ place, folder }) =>
    dataOf(place, { folder: folder.name, config, inspected, containers }),
  )
  const status = Number(inspected.status ?? 0)
  const manifest = inspected.manifest[0]
  const stack: Omit<Stack, 'notes'> = {
    ...{ host: host.name, project: wanted.project, name, files, directory: first.directory },
    services: containers
      .toSorted((a, b) => a.service.localeCompare(b.service))
      .map((one) => serviceOf(one, config)),
    data,
    kept: left.flatMap(({ is, live }) =>
      is === 'volume' ? [{ key: keyOf(live, config), volume: live }] : [],
    ),
    networks: Object.entries(config.networks ?? {}).flatMap(([key, { name, external }]) =>
      name === undefined || external || name.startsWith(`${wanted.project}_`) ? [] : [{ key, network: name }],
    ),
    backup: { directory: backup, there: inspected.backup !== undefined, ...(manifest && { manifest }) },
    schedules: inspected.schedule,
    ...(url !== undefined && { page: { url, status: status >= 200 && status < 500 ? status : 200 } }),
  }
  return { ...stack, notes: notesOf({ stack, found, containers, inspected, left }) }
}

/** A bind mount is data where it is a directory that is neither the project's own nor holds it. */
function isData(live: string, at: string, { directory }: Inspection): boolean {
  return directory.includes(at) && live.split('/').length > 2
}

/** The key of a volume in the Compose file; the name itself where the file does not tell. */
function keyOf(live: string, config: InspectedConfiguration): string {
  const [key] = Object.entries(config.volumes ?? {}).find(([, { name }]) => name === live) ?? []
  return key ?? live
}

/** The folder of the backup that belongs to it: by key or by full name; the key where there is none. */
function folderOf({ is, live }: Candidate, config: InspectedConfiguration, inBackup: readonly string[]) {
  const key = is === 'volume' ? keyOf(live, config) : live.slice(live.lastIndexOf('/') + 1)
  const there = [key, live].find((one) => inBackup.includes(one))
  return { name: there ?? key, there: there !== undefined }
}

interface About {
  readonly folder: string
  readonly config: InspectedConfiguration
  readonly inspected: Inspection
  readonly containers: readonly SurveyedContainer[]
}

function dataOf({ is, live, at, mounts }: Candidate, { folder, config, inspected, containers }: About): Data {
  const key = is === 'volume' ? keyOf(live, config) : live.slice(live.lastIndexOf('/') + 1)
  const { name: _name, external, ...spoken } = config.volumes?.[key] ?? {}
  const users = containers.filter(({ service }) => mounts.some((mount) => mount.service === service))
  const database = databaseIn(at, { inspected, users })
  return {
    ...{ key, is, live, from: folder, mounts },
    ...(!external && Object.keys(spoken).length > 0 && { spoken: true as const }),
    ...(database && { database }),
  }
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
