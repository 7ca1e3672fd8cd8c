/**
 * A state of the model of remote-run.sh: two clients that request the same command, their supervisors, a canceller, and
 * faults. Names are those of the script. Not modelled: time, output, and receipts of other attempts.
 */
export interface World {
  /** The directory RECEIPT. */
  readonly receipt: Receipt | null
  readonly supervisors: Readonly<Record<string, At>>
  /** The number of starts, and the supervisor whose command runs. */
  readonly ran: number
  readonly alive: string | null
  readonly clients: readonly Client[]
  readonly canceller: Canceller
  /** Remaining faults: killed supervisors, power cuts, restored snapshots. */
  readonly kills: number
  readonly powerCuts: number
  readonly putBacks: number
  /** The first false report. */
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

/** `yes*` may be lost in a power cut. */
export type Kept = 'no' | 'yes*' | 'yes'

/** The position of a supervisor: the names of `fail_at`, and positions in between. */
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
  /** The remaining requests. */
  readonly startsLeft: number
  /** The next check of `judge`. */
  readonly judge: 'has_ended' | 'owner' | 'has_ended-again' | 'started' | `make_durable ${string}` | null
  readonly told: string | null
}

export type Canceller = 'idle' | 'judge' | 'stopped' | 'gave-up'

/** The initial state. `starts` are the requests of each client. */
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

/** Removes parts without influence on later states, so that equivalent states are equal. */
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

/** The state after `make_durable`. */
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
