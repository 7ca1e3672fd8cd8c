import type { Client } from '@temporalio/client'
import { z } from 'zod'

const seconds = z.object({ seconds: z.unknown().transform(Number), nanos: z.number().nullish() })

/**
 * One line per activity of a closed or running workflow: its start and end in Temporal's history, in seconds since the start
 * of the first one.
 */
export async function phaseTimes(client: Client, workflowId: string): Promise<readonly string[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory()
  const at = (time: unknown) => {
    const { seconds: whole, nanos } = seconds.parse(time)
    return whole + (nanos ?? 0) / 1e9
  }
  const told = (events ?? []).flatMap((event) => {
    const done = event.activityTaskCompletedEventAttributes
    const id = (wanted: unknown) => `${String(wanted)}`
    const scheduled = events?.find(({ eventId }) => id(eventId) === id(done?.scheduledEventId))
    if (!done || !scheduled) return []
    const data = scheduled.userMetadata?.summary?.data
    const title = data ? String(JSON.parse(Buffer.from(data).toString())) : ''
    const name = scheduled.activityTaskScheduledEventAttributes?.activityType?.name ?? ''
    return [{ from: at(scheduled.eventTime), to: at(event.eventTime), name, title }]
  })
  const first = Math.min(...told.map(({ from }) => from))
  return told
    .sort((one, other) => one.from - other.from)
    .map(
      ({ from, to, name, title }) =>
        `${(from - first).toFixed(2).padStart(7)} ${(to - from).toFixed(2).padStart(6)}  ${name.padEnd(6)} ${title.slice(0, 70)}`,
    )
}
