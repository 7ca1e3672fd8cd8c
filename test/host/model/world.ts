/**
 * remote-run.sh as a machine of small steps: two clients that want the same command carried out, each with supervisors of
 * its own, one who cancels it, and what may befall them. Names are those of the script. Not in it: time, output, and the
 * receipts of other attempts.
 */
export interface World {
  /** What lies at RECEIPT. */
  readonly receipt: Receipt | null
  readonly supervisors: Readonly<Record<string, At>>
  /** How often the command has begun, and the supervisor whose command is alive. */
  readonly ran: number
  readonly alive: string | null
  readonly clients: readonly Client[]
  readonly canceller: Canceller
  /** How often a supervisor may still be killed, the power be cut, and the host be put back to before it all. */
  readonly kills: number
  readonly powerCuts: number
  readonly putBacks: number
  /** What was told wrongly, as soon as it is. */
  readonly lie: string | null
}

export interface Receipt {
  /** A supervisor, or a tombstone. */
  readonly owner: string
  readonly claim: Kept
  readonly started: Kept
  readonly exit: Kept
  readonly stopCancelled: boolean
}

/** A `*` marks what a power cut may still take. */
export type Kept = 'no' | 'yes*' | 'yes'

/** Where a supervisor is: the names of `fail_at`, and what stands between them. */
export type At =
  | 'input-read'
  | 'free'
  | 'claimed'
  | 'started*'
  | 'started'
  | 'looked'
  | 'carrying-out'
  | 'ended'
  | 'recorded'
  | 'end'
  | 'found'
  | 'dead'

export interface Client {
  readonly begun: boolean
  readonly supervisor: string | null
  /** How often it may still ask for it to be started. */
  readonly startsLeft: number
  /** The next thing that `judge` looks at, or null. */
  readonly judge: 'has_ended' | 'owner' | 'has_ended-again' | 'started' | `make_durable ${string}` | null
  readonly told: string | null
}

export type Canceller = 'idle' | 'judge' | 'stopped' | 'gave-up'

/** A world in which nothing has happened yet; each client may ask so often for the command. */
export function firstWorld(starts: readonly number[]): World {
  return {
    receipt: null,
    supervisors: {},
    ran: 0,
    alive: null,
    clients: starts.map((startsLeft) => ({
      begun: false,
      supervisor: null,
      startsLeft,
      judge: null,
      told: null,
    })),
    canceller: 'idle',
    ...{ kills: 1, powerCuts: 1, putBacks: 1, lie: null },
  }
}

/** The same world without what nobody looks at any more, so that worlds that differ by nothing else are one. */
export function normal(world: World): World {
  const clients = world.clients.map((client) =>
    client.told === null ? client : { ...client, begun: false, supervisor: null, startsLeft: 0, judge: null },
  )
  const needed = new Set<string | null | undefined>([world.receipt?.owner, world.alive])
  for (const { supervisor } of clients) needed.add(supervisor)
  const over = new Set<At>(['dead', 'end', 'found'])
  const supervisors = Object.entries(world.supervisors)
    .filter(([name, at]) => !over.has(at) || needed.has(name))
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return { ...world, clients, supervisors: Object.fromEntries(supervisors) }
}

/** What `make_durable` leaves. */
export function durable(receipt: Receipt | null): Partial<World> {
  const kept = (was: Kept): Kept => (was === 'no' ? 'no' : 'yes')
  if (receipt === null) return {}
  const { claim, started, exit } = receipt
  return { receipt: { ...receipt, claim: kept(claim), started: kept(started), exit: kept(exit) } }
}

export function isDead({ supervisors }: World, owner: string): boolean {
  const at = supervisors[owner]
  return at === undefined || at === 'dead' || at === 'end'
}
