import { isIn } from '../fields/is-in.ts'
import type { Inspection } from './inspection.ts'
import { stackOf, type Survey, type SurveyedContainer, type SurveyedVolume } from './survey.ts'
import { absolutePath } from '../fields/absolute-path.ts'

interface PlaceOptions {
  readonly found: Survey
  readonly inspected: Inspection
  /** The name of the stack; identifies what other runs made of it. */
  readonly name: string
  /** The directory of the project's Compose files. */
  readonly directory: string
  readonly backup: string
}

export interface Places {
  /** What a restore creates anew. A directory inside another one is part of that one. */
  readonly places: readonly Candidate[]
  /** What may hold data and is mounted again unchanged, with the reason. */
  readonly left: readonly { readonly candidate: Candidate; readonly why: string }[]
  /** Notes on containers of other projects that mount what is restored. They keep the old data. */
  readonly shared: readonly string[]
}

/** Divides a project's mounts into what a restore creates anew and what it leaves unchanged. */
export function placesOf(candidates: readonly Candidate[], options: PlaceOptions): Places {
  const { directory, gone } = options.inspected
  // A directory that is gone from the host is one to restore: Docker made it a directory for its containers.
  const isDirectory = ({ is, at }: Candidate) =>
    is === 'volume' || directory.includes(at) || gone.includes(at)
  const judged = candidates
    .filter((one) => (isWritten(one) || gone.includes(one.at)) && isDirectory(one))
    .map((candidate) => ({ candidate, why: whyLeft(candidate, options) }))
  const own = judged.flatMap(({ candidate, why }) => (why === undefined ? [candidate] : []))
  const outermost = own.filter((one) => !own.some((other) => lies(one, other)))
  return {
    places: outermost.map((outer) => withInner(outer, candidates.filter(isDirectory))),
    shared: outermost.flatMap((one) => sharedWith(one, options)),
    left: judged.flatMap(({ candidate, why }) => (why === undefined ? [] : [{ candidate, why }])),
  }
}

/** Whether one directory is inside the other. */
function lies(inner: Candidate, outer: Candidate): boolean {
  return (
    inner.is === 'directory' && outer.is === 'directory' && inner.at !== outer.at && isIn(outer.at, inner.at)
  )
}

/** Adds mounts inside of restored ones. Without them a service would use old files of a directory that is restored for another service. */
function withInner(outer: Candidate, all: readonly Candidate[]): Candidate {
  const inner = all
    .filter((one) => lies(one, outer))
    .flatMap(({ at, mounts }) => mounts.map((use): Use => ({ ...use, below: at.slice(outer.at.length + 1) })))
  return { ...outer, mounts: [...outer.mounts, ...inner] }
}

function whyLeft({ is, live, at, mounts }: Candidate, options: PlaceOptions): string | undefined {
  const { found, directory, backup, name } = options
  const others = found.containers.filter((one) => stackOf(one) !== name)
  const user = others.find((one) => usesOf(one, { is, live, at }).some(({ RW, isWhole }) => RW && isWhole))
  if (is === 'volume') {
    const owner = found.volumes.get(live)?.project ?? ''
    if (user) return `volume ${live} is mounted by ${describeContainer(user)} too: it is not restored`
    return others.some(({ project }) => project === owner && owner !== '')
      ? `volume ${live} belongs to project ${owner}: it is not restored`
      : undefined
  }
  const [use] = mounts
  const seen = `service ${use?.service ?? ''} has ${live} of the host at ${use?.target ?? ''}`
  if (isIn(at, directory))
    return `${seen}, which is or contains the project's directory: it is not restored; mount the data from a directory of its own`
  if (isIn(at, backup) || isIn(backup, at)) return `${seen}; it is not restored, because the backup is there`
  if (at.split('/').length < 3)
    return `${seen}, which is directly under /: it is not restored; move it one level deeper`
  const isOurs = isIn(directory, at)
  const home = others.find(
    (one) =>
      one.directory !== '' &&
      isIn(one.directory, at) &&
      !(isOurs && one.directory.length <= directory.length),
  )
  if (home) return `${seen}, which is in the directory of project ${home.project}: it is not restored`
  return user && `${seen}, and ${describeContainer(user)} mounts it too: it is not restored`
}

/** Notes on containers of other projects that only read it, or mount a directory that contains it, such as a backup container. */
function sharedWith({ is, live, at }: Candidate, { found, name }: PlaceOptions): readonly string[] {
  const users = found.containers.filter(
    (one) => stackOf(one) !== name && usesOf(one, { is, live, at }).length > 0,
  )
  const names = [...new Set(users.map(describeContainer))].join(', ')
  return names === '' ? [] : [`${is} ${live} is also mounted by ${names}, which keeps the old one`]
}

/** How a container mounts a place. `isWhole`: the mount is the place or a part of it, and not a directory that contains it. */
function usesOf(
  { mounts }: SurveyedContainer,
  { is, live, at }: Pick<Candidate, 'is' | 'live' | 'at'>,
): readonly { readonly RW: boolean; readonly isWhole: boolean }[] {
  return mounts.flatMap(({ Type, Name, Source, RW }) => {
    if (is === 'volume') return Name === live ? [{ RW, isWhole: true }] : []
    const isWhole = isIn(at, Source)
    return Type === 'bind' && Source !== '/' && (isWhole || isIn(Source, at)) ? [{ RW, isWhole }] : []
  })
}

function describeContainer({ name, project }: { readonly name: string; readonly project: string }): string {
  return `container ${name}${project === '' ? '' : ` of project ${project}`}`
}

/** A mount that may hold data: a named volume, or a host path that is not the system's. */
export interface Candidate {
  readonly is: 'volume' | 'directory'
  readonly live: string
  /** The path of its files on the host. */
  readonly at: string
  readonly mounts: readonly Use[]
}

/** Where a service mounts it. */
export interface Use {
  readonly service: string
  readonly target: string
  readonly readOnly: boolean
  /** The directory in it that is mounted. Default: all of it. */
  readonly below?: string
  /** The volume of the local driver that is this directory, by its options; the service mounts that volume. */
  readonly volume?: string
}

/** Returns the candidates of a project, each once, including read-only ones. */
export function candidatesOf(
  containers: readonly SurveyedContainer[],
  volumes: ReadonlyMap<string, SurveyedVolume>,
): readonly Candidate[] {
  const all = containers.flatMap((one) =>
    one.mounts.flatMap((mount): Candidate[] => {
      const use: Use = { service: one.service, target: mount.Destination, readOnly: !mount.RW }
      if (mount.Type === 'volume') {
        const volume = volumes.get(mount.Name)
        if (!volume) return []
        if (volume.device !== '') return directoryCandidate(volume.device, { ...use, volume: volume.name })
        // The anonymous volumes of two containers of a service hold different data for one place.
        const isOnly = containers.filter(({ service }) => service === one.service).length === 1
        return isOrdinary(volume) && (isOnly || !isAnonymous(volume.name))
          ? [{ is: 'volume', live: mount.Name, at: volume.at, mounts: [use] }]
          : []
      }
      return mount.Type === 'bind' ? directoryCandidate(mount.Source, use) : []
    }),
  )
  const names = [...new Set(all.map(({ live }) => live))].toSorted()
  return names.flatMap((name) => {
    const same = all.filter(({ live }) => live === name)
    const [first] = same
    // Two containers of one service have the same mounts.
    const mounts = new Map(
      same.flatMap((one) => one.mounts).map((use) => [`${use.service} ${use.target}`, use]),
    )
    return first ? [{ ...first, mounts: [...mounts.values()] }] : []
  })
}

function directoryCandidate(path: string, use: Use): Candidate[] {
  return isOfProject(path) ? [{ is: 'directory', live: path, at: path, mounts: [use] }] : []
}

/** The containers of the services that mount a place. */
export function usersOf(
  { mounts }: Pick<Candidate, 'mounts'>,
  containers: readonly SurveyedContainer[],
): readonly SurveyedContainer[] {
  return containers.filter(({ service }) => mounts.some((mount) => mount.service === service))
}

/** Whether the project may have written to it. */
export function isWritten({ is, mounts }: Candidate): boolean {
  return is === 'volume' || mounts.some(({ readOnly }) => !readOnly)
}

/** Whether a fresh copy of the volume can be created: it is local, and has no options. */
export function isOrdinary({ driver, options }: SurveyedVolume): boolean {
  return driver === 'local' && options === 0
}

export function isAnonymous(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name)
}

/** Directories that people make in /usr/local; the others are those of its programs. */
const LOCAL = /^\/usr\/local\/(?!(bin|etc|games|include|lib|libexec|man|sbin|share|src)(\/|$))./

/** Whether a path can belong to a project: it is not a directory of the system, the kernel or the engine. */
export function isOfProject(path: string): boolean {
  const kept = [
    '/dev',
    '/proc',
    '/sys',
    '/run',
    '/var/run',
    '/etc',
    '/usr',
    '/lib',
    '/var/lib/docker',
    '/var/lib/reinstate',
  ]
  return absolutePath.safeParse(path).success && (LOCAL.test(path) || !kept.some((tree) => isIn(tree, path)))
}
