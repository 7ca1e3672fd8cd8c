import type { Step } from './check.ts'
import type { Kept, Receipt, World } from './world.ts'

/** The possible faults. */
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

/** Only after every waiting client saw the command begin: otherwise neither client nor host can know of it. */
function putBacks(world: World): readonly Step<World>[] {
  const asking = world.clients.filter(({ told }) => told === null)
  if (world.putBacks === 0 || asking.length === 0 || asking.some(({ begun }) => !begun)) return []
  return [
    {
      what: '!the host is restored from an earlier snapshot',
      next: { ...switchedOff(world), putBacks: world.putBacks - 1, receipt: null },
    },
  ]
}

/** Ends all supervisors, commands and connections. */
function switchedOff(world: World): World {
  const clients = world.clients.map((client) =>
    client.told === null ? { ...client, supervisor: null, judge: null } : client,
  )
  return { ...world, alive: null, supervisors: {}, clients }
}

/** Every part that is not durable may be lost or kept; without the claim, all parts are lost. */
function leftAfterPowerCut(receipt: Receipt | null): readonly (Receipt | null)[] {
  if (receipt === null) return [null]
  const maybe = (kept: Kept): readonly Kept[] => (kept === 'yes*' ? ['no', 'yes'] : [kept])
  const left = maybe(receipt.started).flatMap((started) =>
    maybe(receipt.exit).map((exit) => ({ ...receipt, claim: 'yes' as const, started, exit })),
  )
  return receipt.claim === 'yes*' ? [null, ...left] : left
}
