import { repeat, sayAlive } from './service.ts'
import type { Service } from './service.ts'
import { openStore } from './store.ts'

/** Removes expired messages, delivered or not, every MESSAGE_BUS_CLEANUP_INTERVAL_SECS. Of several cleaners one works at a time. */
export async function runCleaner(service: Service): Promise<void> {
  const { settings, log } = service
  const store = openStore(settings, log, 'bus-cleaner')
  const alive = repeat(service, { name: 'health', seconds: 5 }, async () => sayAlive())
  await repeat(service, { name: 'cleaning', seconds: settings.cleanupIntervalSecs }, async () => {
    const removed = await store.clean()
    if (removed === undefined) log.info('another cleaner is at work')
    else log.info(removed, `removed ${removed.delivered + removed.expired} messages`)
  })
  await alive
  await store.close()
}
