import { isGrpcServiceError } from '@temporalio/client'
import type { Temporal } from '../embedded/connection.ts'
import { BadInput } from './exit-codes.ts'
import { childrenIn, historyEntries } from './history-entries.ts'
import type { Event } from './payloads.ts'
import { blockedNow } from './blocked-now.ts'
import type { LogEntry } from './rendering/log-lines.ts'

/** gRPC's code: unlike other calls, reading a history throws it as it comes. */
const NOT_FOUND = 5

/** Everything that histories tell of a run, its phases and its rollbacks; needs no worker. @throws BadInput */
export async function readLog(temporal: Temporal, run: string): Promise<readonly LogEntry[]> {
  const events = await eventsOf(temporal, run)
  if (!events) throw new BadInput(`there is no run ${run}`, 'reinstate status')
  const later = await laterRollBacks(temporal, run, childrenIn(events))
  const histories = [events, ...(await childEvents(temporal, events)), ...later]
  const blocked = await Promise.all(histories.map((history) => blockedNow(temporal, history)))
  return [...histories.flatMap(historyEntries), ...blocked.flat()]
}

async function childEvents(temporal: Temporal, events: readonly Event[]): Promise<readonly Event[][]> {
  const histories = await Promise.all(childrenIn(events).map((id) => eventsOf(temporal, id)))
  return histories.filter((history) => history !== undefined)
}

/** Rollbacks that were started when the run was over are nobody's children. */
async function laterRollBacks(temporal: Temporal, run: string, known: readonly string[]): Promise<Event[][]> {
  const histories: Event[][] = []
  for (let number = 1; ; number++) {
    const id = `${run}/roll-back${number === 1 ? '' : `~${number}`}`
    if (known.includes(id)) continue
    const events = await eventsOf(temporal, id)
    if (!events) return histories
    histories.push(events)
  }
}

async function eventsOf({ client }: Temporal, workflowId: string): Promise<Event[] | undefined> {
  try {
    return (await client.workflow.getHandle(workflowId).fetchHistory()).events ?? []
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === NOT_FOUND) return undefined
    throw error
  }
}
