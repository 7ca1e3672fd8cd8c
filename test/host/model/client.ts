import type { Step } from './check.ts'
import type { Flaw } from './protocol.ts'
import { durable, isDead } from './world.ts'
import type { Client, World } from './world.ts'

/** The next steps of a client, or of the shell that answers it: `hear_news`, `follow` and `judge`. */
export function clientSteps(
  world: World,
  { client, index }: { readonly client: Client; readonly index: number },
  flaw: Flaw | undefined,
): readonly Step<World>[] {
  if (client.told !== null) return []
  const name = `client ${index}`
  const go = (what: string, changed: Partial<Client>, more: Partial<World> = {}): Step<World> => ({
    what: `${name}: ${what}`,
    next: {
      ...world,
      ...more,
      clients: world.clients.map((one, at) => (at === index ? { ...one, ...changed } : one)),
    },
  })
  const tell = (told: string): Step<World> =>
    go(`gets ${told}`, { told, judge: null }, { lie: world.lie ?? lieIn(world, told) })
  if (client.judge !== null) return judgeSteps(world, { client, go, tell }, flaw)
  if (client.supervisor === null) {
    if (client.begun) return [go('follows', { judge: 'has_ended' })]
    if (client.startsLeft === 0) return [tell('unreachable')]
    const started = `supervisor ${index}.${client.startsLeft}`
    return [
      go(
        `run, by ${started}`,
        { supervisor: started, startsLeft: client.startsLeft - 1 },
        { supervisors: { ...world.supervisors, [started]: 'input-read' } },
      ),
    ]
  }
  const at = world.supervisors[client.supervisor]
  const cut = go('!its connection is cut', { supervisor: null })
  if (at === 'end') return [tell('exited'), cut]
  if (at === 'dead')
    return [go('follows after the end of the pipe', { supervisor: null, judge: 'has_ended' })]
  if (at === 'found')
    return [go('begun, and follows', { begun: true, supervisor: null, judge: 'has_ended' }), cut]
  const begun = at === 'started' || at === 'looked' || at === 'carrying-out'
  return begun && !client.begun ? [go('begun', { begun: true }), cut] : [cut]
}

function judgeSteps(
  world: World,
  {
    client,
    go,
    tell,
  }: {
    readonly client: Client
    readonly go: (what: string, changed: Partial<Client>, more?: Partial<World>) => Step<World>
    readonly tell: (told: string) => Step<World>
  },
  flaw: Flaw | undefined,
): readonly Step<World>[] {
  const { receipt } = world
  const ended = receipt !== null && receipt.exit !== 'no'
  const found = (state: string): Step<World> =>
    flaw === 'a follower reports what is not durable'
      ? tell(state)
      : go('make_durable', { judge: `make_durable ${state}` }, durable(receipt))
  if (client.judge?.startsWith('make_durable ') === true)
    return [tell(client.judge.slice('make_durable '.length))]
  switch (client.judge) {
    case 'has_ended':
      if (ended) return [found('exited')]
      return [go('has not ended', { judge: 'owner' })]
    case 'owner':
      if (receipt === null) {
        if (!client.begun) return [go('none', { judge: null })]
        return flaw === 'a lost record is begun again'
          ? [go('none', { judge: null, begun: false })]
          : [tell('record-lost')]
      }
      if (receipt.owner === 'tombstone') return [found('tombstoned')]
      if (
        !isDead(world, receipt.owner) ||
        (flaw === 'a zombie counts as alive' && isZombie(world, receipt.owner))
      )
        return [go('running', { judge: 'has_ended' })]
      return [
        go('its supervisor is gone', {
          judge: flaw === 'judge checks once for the end' ? 'started' : 'has_ended-again',
        }),
      ]
    case 'has_ended-again':
      return [ended ? found('exited') : go('has not ended', { judge: 'started' })]
    case 'started':
      if (receipt === null) return [go('judge again', { judge: 'has_ended' })]
      if (receipt.started === 'no') return [found('not-started')]
      // find_session
      if (world.alive === receipt.owner) return [go('orphaned', { judge: 'has_ended' })]
      return [found('interrupted')]
    default:
      return []
  }
}

/** A reported state must be true, and stay true. */
function lieIn({ receipt, alive, ran, putBacks }: World, told: string): string | null {
  if (told === 'exited' && receipt?.exit !== 'yes') return 'exited is reported, and a power cut would lose it'
  if (told === 'record-lost' && putBacks > 0 && ran > 0) return 'a record is lost'
  if (told === 'not-started' && ran > 0) return 'not-started is reported, and it ran'
  if (told === 'interrupted' && receipt !== null && receipt.exit !== 'no')
    return 'interrupted is reported, and its end is recorded'
  if (told === 'interrupted' && alive !== null) return 'interrupted is reported, and it runs'
  return null
}

/** Killed and not reaped. After a power cut there are no zombies. */
function isZombie({ supervisors }: World, owner: string): boolean {
  return supervisors[owner] === 'dead'
}
