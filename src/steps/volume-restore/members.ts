import type { HostView } from '../../host/host.ts'
import { targetName } from '../shared/fresh-target.ts'
import { asStep } from '../shared/owner-label.ts'

/** One tree and its target: a fresh volume or a fresh directory. */
export interface Member {
  readonly from: string
  readonly volume?: string | undefined
  readonly path?: string | undefined
  /** The volume or the path that serves now, for the difference from the backup. */
  readonly live?: string | undefined
}

interface Restore {
  readonly from?: string | undefined
  readonly volume?: string | undefined
  readonly path?: string | undefined
  readonly live?: string | undefined
  readonly members?: readonly Member[] | undefined
}

/** The members of a step; of a step without members:, its one tree. */
export function membersOf({ from = '', volume, path, live, members }: Restore): readonly Member[] {
  return members ?? [{ from, volume, path, live }]
}

/** The problem with the trees and targets that a step names, or undefined. */
export function memberProblem(step: Restore): string | undefined {
  const { from, volume, path, live, members } = step
  if (members && (from ?? volume ?? path ?? live) !== undefined)
    return 'has members: and also from:, volume:, path: or live:; list each tree in members:'
  if (!members && from === undefined) return 'needs from:, or members:'
  const all = membersOf(step)
  if (all.some((member) => (member.volume === undefined) === (member.path === undefined)))
    return members ? 'needs either volume: or path: in each of its members' : 'needs either volume: or path:'
  const names = all.map(targetName)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) return `restores two trees into ${twice}`
  const paths = all.flatMap((member) => (member.path === undefined ? [] : [member.path]))
  const inside = paths.find((one) =>
    [...paths, ...all.map(({ from }) => from)].some((other) => one.startsWith(`${other}/`)),
  )
  return inside === undefined ? undefined : `restores into ${inside}, which lies in another of its trees`
}

/** The host with owner label and saved originals of the prestaging step, which made the target. */
export function prestagedHost<Kind extends HostView>(
  { finalize }: { readonly finalize?: string | undefined },
  host: Kind,
): Kind {
  return finalize === undefined ? host : asStep(finalize, host)
}
