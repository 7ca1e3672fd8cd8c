import { writtenPath } from '../../fields/absolute-path.ts'
import { volumeName } from '../../fields/names.ts'
import { StepRefused } from '../../errors.ts'
import type { HostView } from '../../host/host.ts'
import { amount, many, maybe, once } from '../facts.ts'
import { formatBytes } from '../format.ts'
import type { Effect, Leftover, Outputs } from '../step-kind.ts'
import { refuseSymlink } from './symlink-guard.ts'

/** Where a step makes a fresh target: a volume, or a directory. */
export const freshTargetFields = {
  volume: volumeName.optional().meta({
    title: 'volume',
    description: 'A volume that does not exist yet. Use path: for a bind mount',
  }),
  path: writtenPath.optional().meta({
    title: 'path to write',
    description: 'A directory that does not exist yet, in an existing one; instead of volume:',
  }),
}

/** What a step makes and fills: a fresh volume, or a fresh directory. */
export interface FreshTarget {
  readonly volume?: string | undefined
  readonly path?: string | undefined
}

/** The target for people: `volume n8n_db`, `directory /srv/app/data`. */
export function targetName({ volume, path }: FreshTarget): string {
  return volume === undefined ? `directory ${path}` : `volume ${volume}`
}

/** The target as what an effect is about. */
export function targetPlace({ volume, path = '' }: FreshTarget): Pick<Effect, 'what' | 'name'> {
  return volume === undefined ? { what: 'path', name: path } : { what: 'volume', name: volume }
}

/** The variables of fresh-target.sh. */
export function targetOf({ volume = '', path = '' }: FreshTarget, host: HostView) {
  return { volume, path, owner: host.ownerLabel, keep: host.originals }
}

/** The host. If there are several targets, each has its own saved originals. */
export function memberHost<Kind extends HostView>(
  index: number,
  members: readonly FreshTarget[],
  host: Kind,
): Kind {
  return members.length === 1 ? host : { ...host, originals: `${host.originals}/${index + 1}` }
}

/** The name of a command for one target: `copy`, or `copy-2` if there are several. */
export function commandName(name: string, index: number, members: readonly FreshTarget[]): string {
  return members.length === 1 ? name : `${name}-${index + 1}`
}

/** The names of the fresh volumes and directories, separated by spaces, in the order of the members. */
export function outputsOfMembers(members: readonly FreshTarget[]): Outputs {
  const names = (of: 'volume' | 'path') => members.flatMap(({ [of]: name }) => name ?? []).join(' ')
  const [volume, path] = [names('volume'), names('path')]
  return { ...(volume && { volume }), ...(path && { path }) }
}

/** What fresh-inspect.sh prints. Sizes in bytes. */
export const targetFacts = {
  targetSymlink: maybe,
  parent: maybe,
  target: once,
  usedBy: many,
  security: once,
  disk: once,
  place: once,
  free: amount,
  freeInodes: amount,
  alreadyThere: amount,
}

export interface FoundTarget {
  readonly member: FreshTarget
  readonly targetSymlink?: string | undefined
  readonly target: string
  readonly usedBy: readonly string[]
  readonly security: string
  readonly disk: string
  readonly place: string
  readonly free: number
  readonly freeInodes: number
  readonly alreadyThere: number
}

/** @throws StepRefused for an engine whose volumes cannot be restored, or a target that is reached by a symbolic link */
export function refuseEngine({ member, targetSymlink, security }: FoundTarget): void {
  if (member.path !== undefined) refuseSymlink(member.path, targetSymlink)
  if (security.includes('rootless'))
    throw new StepRefused('the Docker engine is rootless; volumes are restored on a rootful engine only')
}

/** @throws StepRefused if the target is not fresh: neither absent nor made by this step, or in use */
export function refuseTarget({ member, usedBy, target }: FoundTarget): void {
  const inTheWay = { about: [{ how: 'deletes', ...targetPlace(member) } as const] }
  if (usedBy.length > 0)
    throw new StepRefused(
      `${targetName(member)} is used by container ${usedBy.join(', ')}; a restore needs a fresh target: use another name`,
      inTheWay,
    )
  if (target === 'foreign')
    throw new StepRefused(
      `${targetName(member)} exists and was not made by this step; a restore needs a fresh target: use another name`,
      inTheWay,
    )
}

/** What goes to a target: its size on the disk in bytes, the number of files and directories, and where it comes from. */
export interface ForTarget extends FoundTarget {
  readonly spaceNeeded: number
  readonly entries: number
  readonly source: string
}

/** @throws StepRefused if what goes to one disk does not fit on it together */
export function refuseNoSpace(found: readonly ForTarget[]): void {
  for (const { disk, place, free, freeInodes } of found) {
    const here = found.filter((other) => other.disk === disk)
    const from = [...new Set(here.map(({ source }) => source))].join(', ')
    const [sources, need, have] = here.length === 1 ? ['source', 'needs', 'has'] : ['sources', 'need', 'have']
    const needed = Math.ceil(sum(here.map(({ spaceNeeded }) => spaceNeeded)) * 1.05)
    const there = free + sum(here.map(({ alreadyThere }) => alreadyThere))
    if (needed > there) {
      throw new StepRefused(
        `the ${sources} ${from} ${need} ${formatBytes(needed)} (with 5 % reserve), but ${formatBytes(there)} are free at ${place}; ` +
          'make room or move the engine to a larger disk',
      )
    }
    const entries = sum(here.filter(({ target }) => target === 'absent').map(({ entries }) => entries))
    if (freeInodes > 0 && entries > freeInodes) {
      throw new StepRefused(
        `the ${sources} ${from} ${have} ${entries} files and directories, but ${place} has room for ${freeInodes}`,
      )
    }
  }
}

/** What an undo kept, and why. */
export function keptTarget(member: FreshTarget, kept: string): Leftover {
  return { what: targetName(member), why: `${kept}; kept` }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((before, number) => before + number, 0)
}
