import type { Step } from './check.ts'
import type { Kept, Receipt, World } from './world.ts'

/** What may befall all of them. */
export function faults(world: World): readonly Step<World>[] {
  return [...kills(world), ...powerCuts(world), ...putBacks(world)]
}

function kills(world: World): readonly Step<World>[] {
  if (world.kills === 0) return []
  return Object.entries(world.supervisors)
    .filter(([, at]) => at !== 'dead' && at !== 'end' && at !== 'found')
    .map(([name]) => ({
      what: `!${name} is killed`,
      next: {
        ...world,
        kills: world.kills - 1,
        supervisors: { ...world.supervisors, [name]: 'dead' as const },
      },
    }))
}

function powerCuts(world: World): readonly Step<World>[] {
  if (world.powerCuts === 0) return []
  return leftAfterPowerCut(world.receipt).map((receipt) => ({
    what: `!the power is cut, and leaves ${JSON.stringify(receipt)}`,
    next: { ...switchedOff(world), powerCuts: world.powerCuts - 1, receipt },
  }))
}

/** Only where all who still ask have heard it begin: one who has not can know of nothing, and nor can the host. */
function putBacks(world: World): readonly Step<World>[] {
  const asking = world.clients.filter(({ told }) => told === null)
  if (world.putBacks === 0 || asking.length === 0 || asking.some(({ begun }) => !begun)) return []
  return [
    {
      what: '!the host is put back to before it all',
      next: { ...switchedOff(world), putBacks: world.putBacks - 1, receipt: null },
    },
  ]
}

/** Supervisors, the command and connections are gone. */
function switchedOff(world: World): World {
  const clients = world.clients.map((client) =>
    client.told === null ? { ...client, supervisor: null, judge: null } : client,
  )
  return { ...world, alive: null, supervisors: {}, clients }
}

/** Each of what was not yet durable may be there or not; without the claim nothing is. */
function leftAfterPowerCut(receipt: Receipt | null): readonly (Receipt | null)[] {
  if (receipt === null) return [null]
  const maybe = (kept: Kept): readonly Kept[] => (kept === 'yes*' ? ['no', 'yes'] : [kept])
  const left = maybe(receipt.started).flatMap((started) =>
    maybe(receipt.exit).map((exit) => ({ ...receipt, claim: 'yes' as const, started, exit })),
  )
  return receipt.claim === 'yes*' ? [null, ...left] : left
}
