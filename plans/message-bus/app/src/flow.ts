import { BusAway } from './errors.ts'
import type { Settings } from './config.ts'
import type { Store } from './store.ts'
import { z } from 'zod'

const count = z.coerce.number()
const totals = z.object({
  messages: count,
  pending: count,
  delivered: count,
  errors: count,
  observed: count,
  damaged: count,
  bytes: count,
  stored_bytes: count,
  largest_bytes: count,
  inline: count,
  expired: count,
  oldest_pending_seconds: count,
  oldest_unobserved_seconds: count,
  removed_delivered: count,
  removed_expired: count,
  cleaned_seconds_ago: count.nullable(),
})
const minute = z.object({
  minute: z.date(),
  messages: count,
  delivered: count,
  observed: count,
  errors: count,
  bytes: count,
})
const sizeClass = z.object({ size_class: z.string(), messages: count, bytes: count })
const daemonHealth = z.object({
  mode: z.string(),
  version: z.string(),
  breaker: z.object({ state: z.string(), openings: z.number(), failures: z.number() }),
  spooled: z.number(),
  connections: z.number(),
})

export type Totals = z.output<typeof totals>
export type Minute = z.output<typeof minute>
export type SizeClass = z.output<typeof sizeClass>
export type DaemonHealth = z.output<typeof daemonHealth>

/** What the dashboard shows. The numbers are those of the views `bus.flow`, `bus.flow_by_minute` and `bus.flow_by_size`. */
export interface Flow {
  readonly at: string
  readonly totals?: Totals
  /** The last hour, oldest first. */
  readonly minutes: readonly Minute[]
  readonly sizes: readonly SizeClass[]
  readonly daemon?: DaemonHealth
  readonly alerts: readonly string[]
}

/** Reads the database and the daemon. A part that is away is left out and named in the alerts. */
export async function readFlow(settings: Settings, store: Store): Promise<Flow> {
  const [data, daemon] = await Promise.all([readViews(store), readDaemon(settings.daemonUrl)])
  return {
    at: new Date().toISOString(),
    ...data,
    ...(daemon && { daemon }),
    alerts: alertsOf(data.totals, daemon, settings),
  }
}

async function readViews(store: Store): Promise<Pick<Flow, 'totals' | 'minutes' | 'sizes'>> {
  try {
    const [flow, minutes, sizes] = await Promise.all([
      store.query(TOTALS),
      store.query(MINUTES),
      store.query(SIZES),
    ])
    return {
      totals: totals.parse(flow[0]),
      minutes: z.array(minute).parse(minutes),
      sizes: z.array(sizeClass).parse(sizes),
    }
  } catch (error) {
    if (error instanceof BusAway) return { minutes: [], sizes: [] }
    throw error
  }
}

const TOTALS = `
select flow.*, removed_delivered, removed_expired, extract(epoch from now() - ran_at)::float8 as cleaned_seconds_ago
from bus.flow, bus.cleaning`
const MINUTES = 'select * from bus.flow_by_minute order by minute'
const SIZES = 'select size_class, messages, bytes from bus.flow_by_size order by upper_bytes'

async function readDaemon(url: string): Promise<DaemonHealth | undefined> {
  try {
    const response = await fetch(new URL('/health', url.replace(/^ws/, 'http')), {
      signal: AbortSignal.timeout(1000),
    })
    return daemonHealth.parse(await response.json())
  } catch {
    return undefined
  }
}

/** A message should be delivered and observed within this time. */
const LATE_SECONDS = 60

/** Returns a line for each condition that a person should know of. */
export function alertsOf(
  flow: Totals | undefined,
  daemon: DaemonHealth | undefined,
  { cleanupIntervalSecs }: Pick<Settings, 'cleanupIntervalSecs'>,
): readonly string[] {
  const alerts: (string | false | undefined)[] = [
    daemon === undefined && 'The daemon does not answer: senders send again by id until it does.',
    daemon &&
      daemon.breaker.state !== 'closed' &&
      `The circuit breaker of the daemon is ${daemon.breaker.state}.`,
    daemon && daemon.spooled > 0 && `${daemon.spooled} messages wait in the spool of the daemon for the bus.`,
  ]
  if (flow === undefined) alerts.push('The database does not answer: messages go inline.')
  else {
    const {
      damaged,
      oldest_pending_seconds: pending,
      oldest_unobserved_seconds: unobserved,
      cleaned_seconds_ago: cleaned,
    } = flow
    alerts.push(
      damaged > 0 && `${damaged} messages are damaged: their SHA-256 does not match.`,
      pending > LATE_SECONDS && `A message was written ${Math.round(pending)} s ago and not delivered yet.`,
      unobserved > LATE_SECONDS &&
        `A message was written ${Math.round(unobserved)} s ago and not observed yet.`,
      flow.expired > 0 &&
        (cleaned === null || cleaned > 2 * cleanupIntervalSecs) &&
        `${flow.expired} expired messages are there, and the cleaner has not run for two intervals.`,
    )
  }
  return alerts.filter((alert) => typeof alert === 'string')
}
