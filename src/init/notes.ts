import type { BackupContents } from './backup-contents.ts'
import { NOT_CREATED } from './from-file.ts'
import { backupNotes } from './backup-notes.ts'
import { contentAudit } from './databases.ts'
import { isOfProject, isOrdinary } from './places.ts'
import { isAwaited } from './as-started.ts'
import { ofStart, type StartNoteOptions } from './start-notes.ts'
import { stackOf, type SurveyedContainer } from './survey.ts'

interface NoteOptions extends StartNoteOptions {
  /** Containers of services that it no longer has. */
  readonly orphans: readonly SurveyedContainer[]
  readonly contents: BackupContents
  /** Notes on places that are not restored for another reason. */
  readonly placeNotes: readonly string[]
}

/** Describes what init cannot handle or does not know: what was found, and what to do. */
export function notesOf(options: NoteOptions): readonly string[] {
  const notes = [
    ...ofEngine(options),
    ...backupNotes(options),
    ...options.placeNotes,
    ...ofMounts(options),
    ...ofContainers(options),
    ...ofData(options),
  ]
  // Notes become comments of a plan: a line break in a path must not end one.
  return notes.map((note) => note.replaceAll(/\s+/g, ' '))
}

function ofEngine({ found: { engine } }: NoteOptions): readonly string[] {
  return [
    ...(engine.swarm === 'active'
      ? [
          'this engine is part of a swarm: only projects of docker compose are restored, not services of swarm stacks',
        ]
      : []),
    ...((engine.security ?? []).some((one) => one.includes('rootless'))
      ? [
          'this engine is rootless: a run will be refused, because volumes are restored on a rootful engine only',
        ]
      : []),
  ]
}

function ofMounts({ containers, found, inspected }: NoteOptions): readonly string[] {
  const notes = containers.flatMap(({ service, mounts }) =>
    mounts.flatMap(({ Type, Name, Source, RW }) => {
      if (Type === 'volume') {
        const volume = found.volumes.get(Name)
        return volume && !isOrdinary(volume) && volume.device === ''
          ? [
              `volume ${Name} is not a plain volume of the local driver (${volume.driver}${volume.options > 0 ? ', with options' : ''}): it is not restored; the live one is mounted again`,
            ]
          : []
      }
      if (Type !== 'bind') return []
      if (Source.endsWith('docker.sock'))
        return [`service ${service} has the Docker socket: it can change every container`]
      return isOfProject(Source) || !RW
        ? []
        : [`service ${service} may write to ${Source} of the host: it is not restored`]
    }),
  )
  const files = containers.flatMap(({ mounts }) =>
    mounts
      .filter(({ Type, Source, RW }) => Type === 'bind' && RW && isOfProject(Source))
      .map(({ Source }) => Source)
      .filter((path) => !inspected.directory.includes(path) && !inspected.gone.includes(path)),
  )
  return [
    ...new Set(notes),
    ...(files.length > 0
      ? [
          `single files are not restored, although services may write to them: ${[...new Set(files)].join(', ')}`,
        ]
      : []),
  ]
}

function ofContainers(options: NoteOptions): readonly string[] {
  const { stack, found, containers, orphans, inspected } = options
  const { config } = inspected
  const jobs = [...stack.start.mayExit, ...stack.start.failed]
  const existing = containers.filter(({ status }) => status !== NOT_CREATED)
  const down = existing.filter(
    ({ status, service, exitCode }) =>
      status !== 'running' &&
      !jobs.includes(service) &&
      !(exitCode === 0 && config !== undefined && isAwaited(service, config)),
  )
  const serving = found.containers.find(
    (one) => stackOf(one) === stack.name && one.project !== stack.project && one.status === 'running',
  )
  return [
    ...(serving
      ? [
          `project ${serving.project} also runs this stack, restored by an earlier run: give that project as input live, or read it with --project ${serving.project}`,
        ]
      : []),
    ...orphans.map(
      ({ name, service }) =>
        `container ${name} belongs to service ${service}, which the Compose file does not have: it is stopped with the others and not started again`,
    ),
    ...(down.length > 0
      ? [
          `${[...new Set(down.map(({ service, status }) => `service ${service} (${status})`))].join(', ')}: not running now; the plan starts it and expects it to stay up. To leave it out, list the other services in services: of step start`,
        ]
      : []),
    ...containers.flatMap(({ service, network }) =>
      network === 'host'
        ? [`service ${service} uses the network of the host: its ports are not known here`]
        : [],
    ),
    ...ofStart(options),
  ]
}

function ofData({ stack: { data, page } }: NoteOptions): readonly string[] {
  return [
    ...data.flatMap(({ live, database }) => {
      if (database && contentAudit(database) === undefined)
        return [`${database.engine} in ${live}: verified by checksums of its files, not by content`]
      return []
    }),
    ...(page
      ? []
      : ['the stack publishes no port that answers as a web page: add a step that verifies that it serves']),
  ]
}
