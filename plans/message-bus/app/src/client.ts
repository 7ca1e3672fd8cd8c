import { setTimeout as wait } from 'node:timers/promises'
import { createBreaker } from './breaker.ts'
import type { BreakerFacts } from './breaker.ts'
import { inlineLimit, MB } from './config.ts'
import type { Settings } from './config.ts'
import { BusAway, FrameTooLarge, NotAcknowledged, PayloadTooLarge } from './errors.ts'
import { openLink } from './link.ts'
import type { Delivery } from './link.ts'
import type { Log } from './log.ts'
import { reasonOf } from './log.ts'
import type { Message } from './message.ts'
import type { Store } from './store.ts'

export interface Sent {
  /** How the body went: into the database by the sender, or over the WebSocket. */
  readonly path: 'bus' | 'inline'
  readonly attempts: number
}

export interface BusClient {
  /**
   * Writes the message to the bus and sends its id to the daemon, until the daemon acknowledges it or the time is over. While the bus is
   * away it sends the message itself. Sending it again, also by another process, has no second effect.
   * @throws PayloadTooLarge | FrameTooLarge | IdTaken | NotAcknowledged | BusAway if the fallback is off
   */
  readonly send: (message: Message, options?: { readonly withinSeconds?: number }) => Promise<Sent>
  readonly breaker: () => BreakerFacts
  readonly close: () => void
}

interface Parts {
  readonly settings: Settings
  readonly store: Store
  readonly log: Log
  /** Called for every message that the daemon delivers. */
  readonly onDelivery?: (delivery: Delivery) => void
}

const PAUSE_MS = 200

export function createClient({ settings, store, log, onDelivery }: Parts): BusClient {
  const { daemonUrl: url, writeTimeoutSecs } = settings
  const breaker = createBreaker(settings, log)
  // The daemon may need the whole time for a write.
  const link = openLink({
    url,
    log,
    acknowledgedWithinSecs: writeTimeoutSecs + 5,
    ...(onDelivery && { onDelivery }),
  })
  if (onDelivery) link.hello('').catch(() => undefined)

  const writeToBus = async (message: Message) => {
    await breaker.run(() => store.write(message))
    if (settings.verifyIntegrity) await store.read(message.id)
  }

  const sendOnce = async (message: Message): Promise<Sent['path']> => {
    const { hello, frameLimitMb } = await link.hello(message.id)
    let isStored = false
    if (hello !== 'old' && settings.enabled)
      try {
        await writeToBus(message)
        isStored = true
        await link.announce(message)
        return 'bus'
      } catch (error) {
        if (!(error instanceof BusAway) || !settings.fallback) throw error
        log.debug({ id: message.id, reason: error.message }, 'the bus is away; the message goes inline')
      }
    if (message.body.length > inlineLimit(frameLimitMb)) {
      if (isStored)
        throw new NotAcknowledged(message.id, 'the daemon does not reach the bus', { isTemporary: true })
      throw new FrameTooLarge(message.id, message.body.length, frameLimitMb)
    }
    await link.sendInline(message)
    return 'inline'
  }

  return {
    send: async (message, { withinSeconds = 60 } = {}) => {
      if (message.body.length > settings.maxPayloadMb * MB)
        throw new PayloadTooLarge(message.id, message.body.length, settings.maxPayloadMb)
      const deadline = performance.now() + withinSeconds * 1000
      for (let attempts = 1; ; attempts++)
        try {
          const path = await sendOnce(message)
          if (settings.logAllOperations)
            log.info({ id: message.id, bytes: message.body.length, path, attempts }, 'sent')
          return { path, attempts }
        } catch (error) {
          const isTemporary = error instanceof NotAcknowledged ? error.isTemporary : error instanceof BusAway
          if (!isTemporary || performance.now() > deadline) throw error
          log.debug({ id: message.id, reason: reasonOf(error) }, 'sending again by id')
          await wait(PAUSE_MS)
        }
    },
    breaker: breaker.facts,
    close: link.close,
  }
}
