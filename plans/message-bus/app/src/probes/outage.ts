import { z } from 'zod'
import { MB, sizesOf } from '../config.ts'
import { bodyOf } from '../content.ts'
import { FrameTooLarge } from '../errors.ts'
import type { Message } from '../message.ts'
import { counted, createReceiver, daemonHealth, newSession, probeMessage, until } from './probe.ts'
import type { Probe } from './probe.ts'

/** What `outage` leaves for `recovery`. */
const sentInOutage = z.object({
  session: z.string(),
  inline: z.array(z.object({ id: z.string(), bytes: z.number() })),
  refused: z.array(z.object({ id: z.string(), bytes: z.number() })),
})
type Sent = z.output<typeof sentInOutage>

const TOO_LARGE = 2

/** While the database is away: the breaker opens, messages go inline as they are, and those above the frame limit are refused by name. */
export const outage: Probe = async (probing) => {
  const { settings, options, log, keep } = probing
  const { messages = 40, sizes = sizesOf('1k,1m'), withinSeconds } = options
  const receiver = createReceiver(probing)
  const session = newSession('outage')
  const sent: Sent = { session, inline: [], refused: [] }
  let truncated = 0
  let throughTheBus = 0

  for (let number = 0; number < messages; number++) {
    const isTooLarge = number >= messages - TOO_LARGE
    const size = isTooLarge ? settings.frameLimitMb * MB : (sizes[number % sizes.length] ?? 1024)
    const message = probeMessage(outageBody(session, size), session)
    try {
      const { path } = await receiver.send(message, { withinSeconds })
      if (path === 'bus') throughTheBus += 1
      else sent.inline.push({ id: message.id, bytes: size })
      await until(withinSeconds, async () => receiver.arrivals.has(message.id))
      if (!receiver.inline.get(message.id)?.body.equals(message.body)) truncated += 1
    } catch (error) {
      if (!(error instanceof FrameTooLarge) || !error.message.includes(message.id)) throw error
      log.info({ reason: error.message }, 'refused')
      sent.refused.push({ id: message.id, bytes: size })
    }
  }
  keep('outage', sent)
  const own = receiver.breaker()
  const { breaker } = await daemonHealth(probing)
  const threshold = settings.breakerThreshold
  return {
    passed:
      own.failures === threshold &&
      breaker.state !== 'closed' &&
      throughTheBus + truncated === 0 &&
      sent.refused.length === TOO_LARGE,
    line:
      `the sender's breaker opened after ${counted(own.failures, 'failure')}, the daemon's is ${breaker.state}; ` +
      `${sent.inline.length} inline, ${sent.refused.length} refused by name, ${truncated} truncated, ${throughTheBus} through the bus`,
  }
}

/** After the database is back: the breaker closed after its time, and every message of `outage` is in the bus once, byte for byte. */
export const recovery: Probe = async (probing) => {
  const { settings, store, options, kept } = probing
  const { session, inline, refused } = sentInOutage.parse(kept('outage'))
  const within = settings.breakerTimeoutSecs + options.withinSeconds
  await until(within, async () => {
    const { breaker, spooled } = await daemonHealth(probing)
    return breaker.state === 'closed' && spooled === 0
  })
  const { breaker, spooled } = await daemonHealth(probing)
  const halfOpenAfter = (Date.parse(breaker.halfOpenAt ?? '') - Date.parse(breaker.openedAt ?? '')) / 1000

  const client = probing.connect()
  const again = refused.map(({ id, bytes }): Message =>
    probeMessage(outageBody(session, bytes), session, { id }),
  )
  for (const message of again) await client.send(message, { withinSeconds: options.withinSeconds })

  const all = [...inline, ...refused]
  let lost = 0
  for (const { id, bytes } of all) {
    const stored = await store.read(id).catch(() => undefined)
    if (!stored?.body.equals(outageBody(session, bytes))) lost += 1
  }
  const [{ rows = -1 } = {}] = await store.query<{ rows: number }>(
    'select count(*)::int as rows from bus.message where session_id = $1',
    [session],
  )
  const doubled = rows - (all.length - lost)
  return {
    passed:
      breaker.state === 'closed' &&
      spooled === 0 &&
      halfOpenAfter >= settings.breakerTimeoutSecs &&
      lost + doubled === 0,
    line:
      `the daemon's breaker was half-open ${halfOpenAfter.toFixed(1)} s after it opened, and is ${breaker.state}; ` +
      `${inline.length} inline and ${again.length} sent again are in the bus: ${lost} lost, ${doubled} doubled`,
  }
}

function outageBody(session: string, bytes: number): Buffer {
  return bodyOf(session, 'json', bytes)
}
