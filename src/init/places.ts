import { isIn } from '../fields/is-in.ts'
import type { Inspection } from './inspection.ts'
import { isWritten, type Candidate, type Use } from './mounts.ts'
import { stackOf, type Survey, type SurveyedContainer } from './survey.ts'

interface PlaceContext {
  readonly found: Survey
  readonly inspected: Inspection
  /** The stack, by which what other runs made of it is known. */
  readonly name: string
  /** Of the project's Compose files. */
  readonly directory: string
  readonly backup: string
}

export interface Places {
  /** What a restore makes anew. A directory that lies in another of them is a part of that one. */
  readonly places: readonly Candidate[]
  /** What is mounted again as it is though it may hold data, and a sentence on why. */
  readonly left: readonly { readonly candidate: Candidate; readonly why: string }[]
  /** Who else sees what is restored, a sentence to each: they go on with the old one. */
  readonly shared: readonly string[]
}

/** Parts what a project mounts into what a restore makes anew and what it leaves as it is. */
export function placesOf(candidates: readonly Candidate[], around: PlaceContext): Places {
  const isDirectory = ({ is, at }: Candidate) => is === 'volume' || around.inspected.directory.includes(at)
  const judged = candidates
    .filter((one) => isWritten(one) && isDirectory(one))
    .map((candidate) => ({ candidate, why: whyLeft(candidate, around) }))
  const own = judged.flatMap(({ candidate, why }) => (why === undefined ? [candidate] : []))
  const outermost = own.filter((one) => !own.some((other) => lies(one, other)))
  return {
    places: outermost.map((outer) => withInner(outer, candidates.filter(isDirectory))),
    shared: outermost.flatMap((one) => sharedWith(one, around)),
    left: judged.flatMap(({ candidate, why }) => (why === undefined ? [] : [{ candidate, why }])),
  }
}

/** Whether the one directory lies deeper in the other. */
function lies(inner: Candidate, outer: Candidate): boolean {
  return (
    inner.is === 'directory' && outer.is === 'directory' && inner.at !== outer.at && isIn(outer.at, inner.at)
  )
}

/** Else a service would go on with the old files of a directory that another sees restored. */
function withInner(outer: Candidate, all: readonly Candidate[]): Candidate {
  const inner = all
    .filter((one) => lies(one, outer))
    .flatMap(({ at, mounts }) => mounts.map((use): Use => ({ ...use, below: at.slice(outer.at.length + 1) })))
  return { ...outer, mounts: [...outer.mounts, ...inner] }
}

function whyLeft({ is, live, at, mounts }: Candidate, around: PlaceContext): string | undefined {
  const { found, directory, backup, name } = around
  const others = found.containers.filter((one) => stackOf(one) !== name)
  const user = others.find((one) => usesOf(one, { is, live, at }).some(({ RW, isWhole }) => RW && isWhole))
  if (is === 'volume') {
    const owner = found.volumes.get(live)?.project ?? ''
    if (user) return `volume ${live} is mounted by ${calledOf(user)} too: it is left as it is`
    return others.some(({ project }) => project === owner && owner !== '')
      ? `volume ${live} belongs to project ${owner}: it is left as it is`
      : undefined
  }
  const [use] = mounts
  const seen = `service ${use?.service ?? ''} has ${live} of the host at ${use?.target ?? ''}`
  if (isIn(at, directory))
    return `${seen}, which is the project's own directory or holds it: it is left as it is; what is to be restored of it needs a mount of its own`
  if (isIn(at, backup) || isIn(backup, at)) return `${seen}, where the backup is: it is left as it is`
  if (at.split('/').length < 3)
    return `${seen}, which stands directly under /: it is left as it is; to be restored, it has to lie one deeper`
  const isOurs = isIn(directory, at)
  const home = others.find(
    (one) =>
      one.directory !== '' &&
      isIn(one.directory, at) &&
      !(isOurs && one.directory.length <= directory.length),
  )
  if (home) return `${seen}, which lies in the directory of project ${home.project}: it is left as it is`
  return user && `${seen}, and ${calledOf(user)} has it too: it is left as it is`
}

/** Those who only read it, or have it as a part of more: a backup's own container, say. */
function sharedWith({ is, live, at }: Candidate, { found, name }: PlaceContext): readonly string[] {
  const users = found.containers.filter(
    (one) => stackOf(one) !== name && usesOf(one, { is, live, at }).length > 0,
  )
  const names = [...new Set(users.map(calledOf))].join(', ')
  return names === '' ? [] : [`${is} ${live} is seen by ${names} too, and there stays the old one`]
}

/** How a container has it: `isWhole` where it mounts just it, or a part of it. */
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

function calledOf({ name, project }: { readonly name: string; readonly project: string }): string {
  return `container ${name}${project === '' ? '' : ` of project ${project}`}`
}
