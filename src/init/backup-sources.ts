import { isIn } from '../fields/is-in.ts'
import type { HostView } from '../host/host.ts'
import { question } from '../shell/command.ts'
import { shellFile } from '../shell/shell-file.ts'
import { layersOf } from '../steps/compose-up/replaced-places.ts'
import { many, readFacts } from '../steps/facts.ts'
import { formOf, othersOf, placeName, placeOfLayer } from './account.ts'
import { startedLike } from './as-started.ts'
import { plainName } from './data.ts'
import { distinct } from './names.ts'
import { candidatesOf, isAnonymous, isWritten, type Candidate } from './places.ts'
import { stackOf, type Survey, type SurveyedContainer } from './survey.ts'

/** A running PostgreSQL server, and its place in the backup. */
export interface BackedUpServer {
  readonly service: string
  readonly image: string
  /** Its superuser. */
  readonly user: string
  /** The volume or directory that holds its data, for people. */
  readonly place?: string
  /** The folder in the backup that a restore of this place reads. */
  readonly folder: string
  /** The data directory below the place; empty if it is the place itself. */
  readonly below: string
  /** The directories of the place above the data directory, from the place down. */
  readonly above: readonly { readonly below: string; readonly mode: string; readonly owner: string }[]
}

/** What `reinstate backup` copies of one project, and what it does not. */
export interface BackupSources {
  readonly host: string
  readonly project: string
  /** The name of the stack: of its plan and of the folder of its backups. */
  readonly name: string
  readonly servers: readonly BackedUpServer[]
  /** Everything that holds data and is not in the backup, one line each. */
  readonly missing: readonly string[]
}

/** Finds the running PostgreSQL servers of a project, or those of one service. Changes nothing. */
export async function backupSources(
  found: Survey,
  { project, service: only }: { readonly project: string; readonly service?: string | undefined },
  host: HostView,
): Promise<BackupSources> {
  const containers = found.containers.filter((one) => one.project === project)
  const first = startedLike(containers)
  const candidates = candidatesOf(containers, found.volumes).filter(isWritten)
  const facts = await readSources({ containers, found, candidates }, host)
  const about = { project, directory: first?.directory ?? '', candidates, facts }
  const running = containers.flatMap((one) =>
    facts.engines.get(one.id) === 'PostgreSQL' ? [serverOf(one, about)] : [],
  )
  const folders = distinct(running.map(({ folder }) => folder))
  const all = running.map((one, index) => ({ ...one, folder: folders[index] ?? one.folder }))
  const servers = all.filter(({ service }) => only === undefined || service === only)
  return {
    ...{ host: host.name, project, name: first ? stackOf(first) : project },
    servers,
    missing: [
      ...placesWithout(servers, about),
      ...othersOf(containers, { found, inspected: { vacant: facts.vacant }, candidates }).flatMap((one) =>
        one.verdict === 'empty' ? [] : [placeName(one)],
      ),
      ...enginesWithout(containers, servers, about),
      ...(await layersOf(containers, host))
        .map(placeOfLayer)
        .flatMap(({ why }) => (why === undefined ? [] : [why])),
      'Compose files, env files and images',
    ],
  }
}

interface Facts {
  /** The engine that runs in a container, by its id. */
  readonly engines: ReadonlyMap<string, string>
  /** What a place holds, by its path: the name of a database, or empty for files. */
  readonly holds: ReadonlyMap<string, string>
  readonly vacant: readonly string[]
  /** The data directory of a running server below a place, by the path of the place. */
  readonly servers: ReadonlyMap<string, string>
  readonly above: readonly (BackedUpServer['above'][number] & { readonly at: string })[]
}

const ENGINES: Readonly<Record<string, string>> = {
  postgres: 'PostgreSQL',
  mysqld: 'MySQL',
  mariadbd: 'MariaDB',
  mongod: 'MongoDB',
  'redis-server': 'Redis',
  'valkey-server': 'Valkey',
}

async function readSources(
  {
    containers,
    found,
    candidates,
  }: {
    readonly containers: readonly SurveyedContainer[]
    readonly found: Survey
    readonly candidates: readonly Candidate[]
  },
  host: HostView,
): Promise<Facts> {
  const volumes = containers.flatMap(({ mounts }) =>
    mounts.flatMap(({ Name }) => found.volumes.get(Name)?.at ?? []),
  )
  const script = shellFile('../init/backup-sources.sh', {
    containers: containers.flatMap(({ id, status }) => (status === 'running' ? [id] : [])),
    places: [...new Set([...candidates.map(({ at }) => at), ...volumes])],
  })
  const output = await host.ask(question(script, { timeoutSeconds: 600 }))
  const lines = readFacts(output, {
    ...{ runs: many, vacant: many, holds: many, server: many, above: many },
  })
  const pairs = (all: readonly string[]) =>
    all.map((line) => line.split('|')).map(([one = '', other = '']) => [one, other] as const)
  return {
    engines: new Map(pairs(lines.runs).map(([id, program]) => [id, ENGINES[program] ?? program])),
    holds: new Map(pairs(lines.holds)),
    vacant: lines.vacant,
    servers: new Map(pairs(lines.server)),
    above: lines.above.map((line) => {
      const [at = '', below = '', mode = '', owner = ''] = line.split('|')
      return { at, below, mode: mode.slice(-3), owner }
    }),
  }
}

interface About {
  readonly project: string
  /** The directory of the project's Compose files. */
  readonly directory: string
  readonly candidates: readonly Candidate[]
  readonly facts: Facts
}

function serverOf(container: SurveyedContainer, about: About): BackedUpServer {
  const { candidates, facts } = about
  const { service, image, settings } = container
  const place = candidates.find(
    ({ at, mounts }) => facts.servers.has(at) && mounts.some((use) => use.service === service),
  )
  const common = { service, image, user: settings['POSTGRES_USER'] ?? 'postgres' }
  if (!place) return { ...common, folder: service, below: '', above: [] }
  return {
    ...common,
    place: nameOf(place),
    folder: folderOf(place, about),
    below: facts.servers.get(place.at) ?? '',
    above: facts.above.flatMap(({ at, ...one }) => (at === place.at ? [one] : [])),
  }
}

function nameOf(place: Candidate): string {
  return placeName({ is: formOf(place), live: place.live, mounts: place.mounts })
}

/** A name of the folder by which init knows the place: a volume's key, or a directory's path below the project. */
function folderOf({ is, live, mounts }: Candidate, { project, directory }: About): string {
  const [use] = mounts
  if (is === 'volume' && isAnonymous(live) && use) return `${use.service}-${plainName(use.target)}`
  if (is === 'volume') return live.startsWith(`${project}_`) ? live.slice(project.length + 1) : live
  const isOwn = directory !== '' && isIn(directory, live)
  return plainName(isOwn ? live.slice(directory.length + 1) : live.slice(live.lastIndexOf('/') + 1))
}

/** What the places hold that no server of the backup is. */
function placesWithout(servers: readonly BackedUpServer[], { candidates, facts }: About): readonly string[] {
  return candidates.flatMap((place) => {
    const holds = facts.holds.get(place.at)
    if (holds === undefined) return []
    const name = nameOf(place)
    const server = servers.find((one) => one.place === name)
    if (server) return server.below === '' ? [] : [`${name}: what is beside ${server.below} in it`]
    const users = [...new Set(place.mounts.map(({ service, target }) => `${service} at ${target}`))]
    const stopped = holds.startsWith('PostgreSQL') && !facts.servers.has(place.at)
    return [
      `${name} (${users.join(', ')}): ${holds || 'files'}${stopped ? ', whose server does not run' : ''}`,
    ]
  })
}

/** Other database servers whose data is in no place. */
function enginesWithout(
  containers: readonly SurveyedContainer[],
  servers: readonly BackedUpServer[],
  { candidates, facts }: About,
): readonly string[] {
  return containers.flatMap(({ id, service }) => {
    const engine = facts.engines.get(id)
    const isPlaced = candidates.some(
      ({ at, mounts }) => facts.holds.get(at) && mounts.some((use) => use.service === service),
    )
    const isBackedUp = engine === 'PostgreSQL' && servers.some((one) => one.service === service)
    return engine === undefined || isPlaced || isBackedUp ? [] : [`${engine} of service ${service}`]
  })
}
