import { createClient } from 'redis'
import { reasonOf } from './log.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

/** Values that are computed again whenever the cache is away, so that it is never needed. */
export interface Cache {
  readonly isThere: () => boolean
  /** Returns what is cached under the key, or loads it and caches it for a minute. */
  readonly get: <Value>(key: string, load: () => Promise<Value>) => Promise<Value>
  readonly close: () => void
}

const KEEP_SECONDS = 60

export function openCache(url: string | undefined, log: Log, metrics: Metrics): Cache {
  if (url === undefined)
    return { isThere: () => false, get: async (_key, load) => await load(), close: () => undefined }
  const client = createClient({
    url,
    // A command while the cache is away fails at once, and the database answers.
    disableOfflineQueue: true,
    commandOptions: { timeout: 1000 },
    socket: { connectTimeout: 2000, reconnectStrategy: () => 1000 },
  })
  let isKnownAway = false
  client.on('error', (error) => {
    if (!isKnownAway) log.warn({ reason: reasonOf(error) }, 'the cache does not answer')
    isKnownAway = true
  })
  client.on('ready', () => {
    isKnownAway = false
    log.info('the cache answers')
  })
  client.connect().catch(() => undefined)
  return {
    isThere: () => client.isReady,
    get: async <Value>(key: string, load: () => Promise<Value>) => {
      const cached = client.isReady ? await client.get(key).catch(() => null) : null
      if (cached !== null) {
        metrics.count('cache_hits_total')
        // Only this function writes under these keys.
        return JSON.parse(cached) as Value
      }
      const value = await load()
      metrics.count('cache_misses_total')
      if (client.isReady)
        await client.set(key, JSON.stringify(value), { EX: KEEP_SECONDS }).catch(() => undefined)
      return value
    },
    close: () => client.destroy(),
  }
}
