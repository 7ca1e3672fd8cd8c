import type { Inspection } from './inspection.ts'
import { hasRows } from './databases.ts'
import { isAnonymous, isOfProject, isOrdinary, type Candidate } from './mounts.ts'
import type { Stack } from './stack.ts'
import { stackOf, type Survey, type SurveyedContainer } from './survey.ts'

interface Seen {
  readonly stack: Omit<Stack, 'notes'>
  readonly found: Survey
  /** Of services of the Compose file. */
  readonly containers: readonly SurveyedContainer[]
  /** Of services that it has no more. */
  readonly orphans: readonly SurveyedContainer[]
  readonly inspected: Inspection
  /** Data of which the backup holds nothing, and the folder that it would be in. */
  readonly missing: readonly { readonly place: Candidate; readonly folder: string }[]
  /** What is left as it is for another reason, a sentence to each; and folders of the backup that fit several. */
  readonly said: readonly string[]
}

/** What cannot be handled or is not known, a sentence to each: what was seen, and what to do about it. */
export function notesOf(seen: Seen): readonly string[] {
  const notes = [
    ...ofEngine(seen),
    ...ofBackup(seen),
    ...seen.said,
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

function ofBackup({ stack: { backup, data }, inspected, missing }: Seen): readonly string[] {
  const dumps = inspected.dump.length > 0 && !inspected.dump.every((file) => file === backup.manifest)
  const folders = data.map(({ from }) => from).join(', ') || 'none'
  const isEmpty = backup.there && !data.some(({ from }) => inspected.inBackup.includes(from))
  const unused = inspected.inBackup.filter((folder) => !data.some(({ from }) => from === folder))
  return [
    ...(backup.there
      ? []
      : [
          `there is no backup at ${backup.directory} yet: put it there, a folder to each volume (${folders}), or say --backup`,
        ]),
    ...(isEmpty && data.length > 0
      ? [
          `the backup at ${backup.directory} has none of the folders that are restored (${folders}): put them there, or say --backup`,
        ]
      : []),
    ...(unused.length > 0 && !isEmpty
      ? [`of the backup ${unused.join(', ')} is not restored: nothing that the stack writes to is called so`]
      : []),
    ...(dumps
      ? [
          `${inspected.dump.join(', ')}: dumps and archives are not restored, only directories of files; unpack or load them first`,
        ]
      : []),
    ...missing.map(
      ({ place: { is, live }, folder }) =>
        `the backup holds nothing of ${is === 'volume' ? 'volume' : 'the directory'} ${live}: it is mounted again as it is (its folder would be ${folder})`,
    ),
  ]
}

function ofMounts({ containers, found, inspected }: Seen): readonly string[] {
  const notes = containers.flatMap(({ service, mounts }) =>
    mounts.flatMap(({ Type, Name, Source, Destination, RW }) => {
      if (Type === 'volume') {
        if (isAnonymous(Name))
          return [
            `service ${service} keeps ${Destination} in a volume without a name: what is in it is not restored; give it a name`,
          ]
        const volume = found.volumes.get(Name)
        return volume && !isOrdinary(volume)
          ? [
              `volume ${Name} is not of the local driver alone (${volume.driver}${volume.options > 0 ? ', with options' : ''}): it is not restored, and mounted again as it is`,
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
  const files = containers.flatMap(({ mounts }) =>
    mounts
      .filter(({ Type, Source, RW }) => Type === 'bind' && RW && isOfProject(Source))
      .map(({ Source }) => Source)
      .filter((path) => !inspected.directory.includes(path)),
  )
  return [
    ...new Set(notes),
    ...(files.length > 0
      ? [
          `single files are left as they are, though services may write to them: ${[...new Set(files)].join(', ')}`,
        ]
      : []),
  ]
}

function ofContainers({ stack, found, containers, orphans, inspected }: Seen): readonly string[] {
  const changed = containers.filter(({ service, hash }) => inspected.hashes.get(service) !== hash)
  const down = containers.filter(({ status }) => status !== 'running')
  const [first] = containers
  const serving = found.containers.find(
    (one) => stackOf(one) === stack.name && one.project !== stack.project && one.status === 'running',
  )
  return [
    ...(serving
      ? [
          `project ${serving.project} runs, and is this stack too, restored by a run: give that run's name as input live, or read it with --project ${serving.project}`,
        ]
      : []),
    ...orphans.map(
      ({ name, service }) =>
        `container ${name} is of service ${service}, which the Compose file does not have: it is stopped with the others, and not started again`,
    ),
    ...(down.length > 0
      ? [
          `${[...new Set(down.map(({ service, status }) => `service ${service} (${status})`))].join(', ')}: not running now, but started by the plan and expected to stay up; if it should not be, name the others in services: of its step start`,
        ]
      : []),
    ...containers.flatMap(({ service, network }) =>
      network === 'host'
        ? [`service ${service} is on the host's own network: which ports it takes is not known here`]
        : [],
    ),
    ...(changed.length > 0
      ? [
          `the Compose file is not what ${[...new Set(changed.map(({ service }) => service))].join(', ')} was started from: it was changed since, or needs variables that are not in its .env`,
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
      if (database && !hasRows(database))
        return [`${database.engine} in ${live}: proven by sums of its files alone, not by rows`]
      return database && is === 'directory'
        ? [
            `${database.engine} in the directory ${live}: proven by sums of its files, rows are compared in volumes only`,
          ]
        : []
    }),
    ...(page ? [] : ['it publishes no port that looks like a page: add a step that proves that it serves']),
  ]
}
