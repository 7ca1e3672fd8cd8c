import { z } from 'zod'
import { Violation } from './database.ts'
import type { Database } from './database.ts'
import type { Workflows } from './workflows.ts'

/** An event as it is sent. */
export const eventSchema = z.strictObject({
  id: z.guid(),
  agent: z
    .string()
    .regex(/^[a-z0-9-]{1,100}$/)
    .optional(),
  topic: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,99}$/),
  purchase: z.guid().optional(),
  payload: z.record(z.string(), z.unknown()),
})
export type Event = z.infer<typeof eventSchema>

export interface Acted {
  readonly event: string
  /** Who acted. */
  readonly agent: string
  /** Whether that was before. */
  readonly again: boolean
}

/** Another agent acted on the event at the same time. */
export class DoubleAction extends Error {
  override readonly name = 'DoubleAction'
}

/** No agent has this name, or no workflow has a route for the topic. */
export class NoAgent extends Error {
  override readonly name = 'NoAgent'
}

/** v1 lets the agent act to which the event was sent; v2 asks the tables of the rollout. */
const ACTOR = {
  v1: 'select id as addressee, id as actor from agents.agent where id = $2 and $1::uuid is not null',
  v2: `select coalesce((select agent_id from agents.alias where name = $2), $2) as addressee, agents.actor_of($1, $2) as actor`,
}

interface Rules {
  readonly serves: 'v1' | 'v2'
  readonly workflows: Workflows
}

/**
 * Lets one agent act on an event. An event that was acted on before, also by another process, is answered with that action.
 * @throws NoAgent | DoubleAction | Violation
 */
export async function act(database: Database, event: Event, rules: Rules): Promise<Acted> {
  try {
    return await actOnce(database, event, rules)
  } catch (error) {
    // A migration went in between, and the agent was archived or withdrawn: the tables now name another one.
    if (!(error instanceof Violation) || error.kind !== 'reference') throw error
    return await actOnce(database, event, rules)
  }
}

async function actOnce(database: Database, event: Event, { serves, workflows }: Rules): Promise<Acted> {
  const before = await actorOf(database, event.id)
  if (before !== undefined) return { event: event.id, agent: before, again: true }
  const sentTo = event.agent ?? workflows.routes[event.topic.split('.')[0] ?? '']
  if (sentTo === undefined) throw new NoAgent(`no workflow has a route for topic ${event.topic}`)
  const [found] = await database.query<{ addressee: string; actor: string | null }>(ACTOR[serves], [
    event.id,
    sentTo,
  ])
  if (!found?.actor) throw new NoAgent(`there is no agent ${sentTo}`)
  const { addressee, actor } = found
  try {
    await database.query(
      `with received as (
         insert into agents.event (id, agent_id, topic, purchase_id, payload) values ($1, $2, $3, $4, $5) on conflict (id) do nothing)
       insert into agents.action (event_id, agent_id, outcome) values ($1, $6, 'answered')`,
      [event.id, addressee, event.topic, event.purchase ?? null, event.payload, actor],
    )
    return { event: event.id, agent: actor, again: false }
  } catch (error) {
    if (!(error instanceof Violation) || error.kind !== 'unique') throw error
    const other = await actorOf(database, event.id)
    if (other === actor) return { event: event.id, agent: actor, again: true }
    if (serves === 'v2')
      await database.query('insert into agents.double_action (event_id, agent_id) values ($1, $2)', [
        event.id,
        actor,
      ])
    throw new DoubleAction(`agent ${other} acted on event ${event.id} at the same time as ${actor}`)
  }
}

async function actorOf(database: Database, event: string): Promise<string | undefined> {
  const [row] = await database.query<{ agent_id: string }>(
    'select agent_id from agents.action where event_id = $1',
    [event],
  )
  return row?.agent_id
}

const LIST = {
  v1: `select id, name, department, (select count(*)::int from agents.knowledge where agent_id = agent.id) as knowledge from agents.agent order by id`,
  v2: `select id, name, department, personas, capabilities,
    (select count(*)::int from agents.known where agent_id = acting.id) as knowledge from agents.acting order by id`,
}

export async function listAgents(database: Database, serves: 'v1' | 'v2'): Promise<object[]> {
  return await database.query(LIST[serves])
}
