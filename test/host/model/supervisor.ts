import type { Step } from './check.ts'
import type { Flaw } from './protocol.ts'
import { durable } from './world.ts'
import type { At, Receipt, World } from './world.ts'

/** The next steps of a supervisor: `supervise`, `start` and `record` of the script. */
export function supervisorSteps(world: World, name: string, flaw: Flaw | undefined): readonly Step<World>[] {
  const { receipt } = world
  const at = world.supervisors[name]
  const go = (what: string, to: At, changed: Partial<World> = {}): readonly Step<World>[] => [
    {
      what: `${name}: ${what}`,
      next: { ...world, ...changed, supervisors: { ...world.supervisors, [name]: to } },
    },
  ]
  const write = (part: Partial<Receipt>): Partial<World> =>
    receipt === null ? {} : { receipt: { ...receipt, ...part } }
  const claim: Partial<World> = {
    receipt: { owner: name, claim: 'yes*', started: 'no', exit: 'no', stopCancelled: false },
  }
  switch (at) {
    case 'input-read':
      if (receipt !== null) return go('found, and make_durable', 'found', durable(receipt))
      return flaw === 'claim checks, then takes'
        ? go('the name is free', 'free')
        : go('claim', 'claimed', claim)
    case 'free':
      return go('claim', 'claimed', claim)
    case 'claimed':
      return go('start is written', 'started*', write({ started: 'yes*' }))
    case 'started*':
      if (flaw === 'the command begins before its start is durable') return go('continue', 'started')
      return go('make_durable', 'started', write({ claim: 'yes', started: 'yes' }))
    case 'started':
      if (receipt?.stopCancelled === true) return go('is stopped before it begins', 'ended')
      return go('looked for a stop', 'looked')
    case 'looked':
      return go('carry_out', 'carrying-out', {
        ran: world.ran + 1,
        alive: name,
        lie: world.lie ?? afterAll(world),
      })
    case 'carrying-out':
      return world.alive === name ? [] : go('the command has ended', 'ended')
    case 'ended':
      return go('exit is written', 'recorded', write({ exit: 'yes*' }))
    case 'recorded':
      if (flaw === 'an end is reported before it is durable') return go('continue', 'end')
      return go('make_durable', 'end', write({ exit: 'yes' }))
    default:
      return []
  }
}

/** A command must not start after its end was reported. */
function afterAll({ clients, canceller }: World): string | null {
  if (canceller === 'stopped') return 'it starts after it was reported as stopped'
  const told = clients.find(({ told }) => told !== null && told !== 'unreachable')?.told
  return told === undefined ? null : `it starts after it was reported as ${told}`
}
