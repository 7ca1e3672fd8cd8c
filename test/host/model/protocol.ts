import { cancelSteps } from './canceller.ts'
import type { Step } from './check.ts'
import { clientSteps } from './client.ts'
import { faults } from './faults.ts'
import { supervisorSteps } from './supervisor.ts'
import { normal } from './world.ts'
import type { World } from './world.ts'

/** Possible flaws of the protocol, each of which the checker must detect. */
export const flaws = [
  'claim checks, then takes',
  'an end is reported before it is durable',
  'a follower reports what is not durable',
  'the command begins before its start is durable',
  'judge checks once for the end',
  'cancel checks once',
  'a lost record is begun again',
  'a zombie counts as alive',
] as const
export type Flaw = (typeof flaws)[number]

/** All possible transitions. A step of the script is one transition if no other process can observe its parts. */
export function stepsWith(flaw?: Flaw): (world: World) => readonly Step<World>[] {
  return (world) =>
    [
      ...Object.keys(world.supervisors).flatMap((name) => supervisorSteps(world, name, flaw)),
      ...world.clients.flatMap((client, index) => clientSteps(world, { client, index }, flaw)),
      ...cancelSteps(world, flaw),
      ...faults(world),
      ...(world.alive === null ? [] : [{ what: 'the command ends', next: { ...world, alive: null } }]),
    ].map(({ what, next }) => ({ what, next: normal(next) }))
}

/** Returns the violated invariant, if any. */
export function wrong({ ran, lie }: World): string | undefined {
  return ran > 1 ? 'the command ran twice' : (lie ?? undefined)
}

export const over = ({ clients }: World): boolean => clients.every(({ told }) => told !== null)
