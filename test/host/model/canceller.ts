import type { Step } from './check.ts'
import type { Flaw } from './protocol.ts'
import { durable, isDead } from './world.ts'
import type { Canceller, Receipt, World } from './world.ts'

/** The next steps of `cancel`. */
export function cancelSteps(world: World, flaw: Flaw | undefined): readonly Step<World>[] {
  const { receipt, canceller } = world
  const go = (what: string, to: Canceller, changed: Partial<World> = {}): readonly Step<World>[] => [
    { what: `cancel: ${what}`, next: { ...world, ...changed, canceller: to } },
  ]
  const tombstone: Receipt = {
    owner: 'tombstone',
    claim: 'yes*',
    started: 'no',
    exit: 'no',
    stopCancelled: false,
  }
  switch (canceller) {
    case 'idle':
      return go('tombstone', 'judge', receipt === null ? { receipt: tombstone } : {})
    case 'judge': {
      if (receipt === null) return go('none', 'gave-up')
      const runs =
        receipt.exit === 'no' &&
        receipt.owner !== 'tombstone' &&
        (!isDead(world, receipt.owner) || world.alive === receipt.owner)
      if (!runs) return go('make_durable, and return', 'stopped', durable(receipt))
      const stop = { receipt: { ...receipt, stopCancelled: true }, alive: null }
      return go('stop_session', flaw === 'cancel checks once' ? 'stopped' : 'judge', stop)
    }
    default:
      return []
  }
}
