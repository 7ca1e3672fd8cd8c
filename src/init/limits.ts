import type { Inspection } from './inspection.ts'
import { isAnonymous, isOfProject, type Candidate } from './mounts.ts'
import type { Stack } from './stack.ts'
import type { Survey, SurveyedContainer } from './survey.ts'

interface Seen {
  readonly stack: Omit<Stack, 'notes'>
  readonly found: Survey
  readonly containers: readonly SurveyedContainer[]
  readonly inspected: Inspection
  /** Data of which the backup holds nothing. */
  readonly left: readonly Candidate[]
}

/** What cannot be handled or is not known, a sentence to each: what was seen, and what to do about it. */
export function notesOf(seen: Seen): readonly string[] {
  const notes = [
    ...ofEngine(seen),
    ...ofBackup(seen),
    ...ofMounts(seen),
    ...ofContainers(seen),
    ...ofData(seen),
  ]
  // They become comments of a plan: a path of the host must not end one.
  return notes.map((note) => note.replaceAll(/\s+/g, ' '))
}

function ofEngine({ found: { engine } }: Seen): readonly string[] {
  return [
    ...(engine.swarm === 'active'
      ? [
          'this engine is part of a swarm: services of stacks are not restored, only projects of docker compose',
        ]
      : []),
    ...((engine.security ?? []).some((one) => one.includes('rootless'))
      ? ['this engine is rootless; volumes are restored on a rootful engine only, so a run will be refused']
      : []),
  ]
}

function ofBackup({ stack: { backup, data }, inspected, left }: Seen): readonly string[] {
  const dumps = inspected.dump.length > 0 && !inspected.dump.every((file) => file === backup.manifest)
  return [
    ...(backup.there
      ? []
      : [
          `there is no backup at ${backup.directory} yet: put it there, a folder to each volume (${data.map(({ from }) => from).join(', ') || 'none'}), or say --backup`,
        ]),
    ...(dumps
      ? [
          `${inspected.dump.join(', ')}: dumps and archives are not restored, only directories of files; unpack or load them first`,
        ]
      : []),
    ...left.map(({ is, live }) =>
      is === 'volume'
        ? `the backup holds nothing of volume ${live}: it is mounted again as it is`
        : `the backup holds nothing of the directory ${live}: it is mounted again as it is`,
    ),
  ]
}

function ofMounts({ containers, found }: Seen): readonly string[] {
  const notes = containers.flatMap(({ service, mounts }) =>
    mounts.flatMap(({ Type, Name, Source, Destination, RW }) => {
      if (Type === 'volume') {
        if (isAnonymous(Name))
          return [
            `service ${service} keeps ${Destination} in a volume without a name: what is in it is not restored; give it a name`,
          ]
        const volume = found.volumes.get(Name)
        return volume && (volume.driver !== 'local' || volume.options > 0)
          ? [
              `volume ${Name} is not of the local driver alone (${volume.driver}${volume.options > 0 ? ', with options' : ''}): it is not restored`,
            ]
          : []
      }
      if (Type !== 'bind') return []
      if (Source.endsWith('docker.sock'))
        return [`service ${service} has the engine's socket: it can change every container`]
      return isOfProject(Source) || !RW
        ? []
        : [`service ${service} may write to ${Source} of the host: it is left as it is`]
    }),
  )
  return [...new Set(notes)]
}

function ofContainers({ stack, containers, inspected }: Seen): readonly string[] {
  const changed = containers.filter(({ service, hash }) => inspected.hashes.get(service) !== hash)
  const [first] = containers
  return [
    ...containers.flatMap(({ service, network }) =>
      network === 'host'
        ? [`service ${service} is on the host's own network: which ports it takes is not known here`]
        : [],
    ),
    ...(changed.length > 0
      ? [
          `the Compose file is not what ${changed.map(({ service }) => service).join(', ')} was started from: it was changed since, or needs variables that are not in its .env`,
        ]
      : []),
    ...(first && first.environmentFile !== '' && first.environmentFile !== `${stack.directory}/.env`
      ? [
          `it was started with --env-file ${first.environmentFile}; compose-up reads the .env beside the Compose file, and environment:`,
        ]
      : []),
    ...stack.schedules.map(
      (place) =>
        `${place}, names this stack: see that it does not run meanwhile, nor writes to what is restored`,
    ),
  ]
}

function ofData({ stack: { data, page } }: Seen): readonly string[] {
  return [
    ...(data.length === 0
      ? ['it has no volume and no directory of its own: there is nothing to restore']
      : []),
    ...data.flatMap(({ live, is, database }) => {
      if (database?.engine === 'MySQL')
        return [`MySQL in ${live}: proven by sums of its files alone, not by rows`]
      return database && is === 'directory'
        ? [
            `${database.engine} in the directory ${live}: proven by sums of its files, rows are compared in volumes only`,
          ]
        : []
    }),
    ...(page ? [] : ['it publishes no port that looks like a page: add a step that proves that it serves']),
  ]
}
