import { randomUUID } from 'node:crypto'
import { messageOf, openAccount } from './account.ts'
import type { Entry } from './account.ts'
import { createClient } from './client.ts'
import { reasonOf } from './log.ts'
import { pause, repeat, sayAlive } from './service.ts'
import type { Service } from './service.ts'
import { openStore } from './store.ts'

/** Above this it sends no new messages until some are acknowledged. */
const MOST_OPEN = 500

/** Sends CLIENT_PER_SECOND messages, each by its id until the daemon acknowledges it, and keeps the account of them. */
export async function runClient(service: Service): Promise<void> {
  const { settings, log, signal } = service
  const { clientName, clientPerSecond, clientSizes } = settings
  const store = openStore(settings, log, 'bus-client')
  const client = createClient({ settings, store, log })
  const account = openAccount(settings.folder, clientName)
  const open = new Map<string, Promise<void>>()

  const sendUntilAcknowledged = async (entry: Omit<Entry, 'isAcknowledged'>) => {
    while (!signal.aborted)
      try {
        const { path } = await client.send(messageOf(clientName, entry), { withinSeconds: 5 })
        return account.acknowledged(entry.id, path)
      } catch (error) {
        log.warn({ id: entry.id, reason: reasonOf(error) }, 'not acknowledged yet')
        await pause(1, signal)
      }
  }
  const start = (entry: Omit<Entry, 'isAcknowledged'>) => {
    open.set(
      entry.id,
      sendUntilAcknowledged(entry).finally(() => open.delete(entry.id)),
    )
  }

  for (const entry of account.entries()) if (!entry.isAcknowledged) start(entry)
  let number = account.entries().length
  const alive = repeat(service, { name: 'health', seconds: 5 }, async () => sayAlive())
  await repeat(service, { name: 'sending', seconds: 1 / clientPerSecond }, async () => {
    if (open.size >= MOST_OPEN) return
    const bytes = clientSizes[number % clientSizes.length] ?? 1024
    const entry = { id: randomUUID(), number: number++, bytes }
    account.sent(entry)
    start(entry)
  })
  await Promise.all([alive, ...open.values()])
  client.close()
  await store.close()
}
