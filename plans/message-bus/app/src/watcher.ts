import { reasonOf } from './log.ts'
import { Damaged, UnknownId } from './errors.ts'
import { pause, sayAlive } from './service.ts'
import type { Service } from './service.ts'
import { openStore } from './store.ts'
import type { Store } from './store.ts'

const AT_ONCE = 100
/** Without a hint. A lost connection that nobody reported shows then, too. */
const ASK_EVERY_SECONDS = 5
/** Looks at all messages, not at the last minutes alone. */
const ALL_EVERY_MS = 60_000

/**
 * Reads every message in the bus and stores one observation of it. A notification is only a hint: what is to be observed are the messages
 * without an observation, so a lost connection, or a time without a watcher, misses nothing.
 */
export async function runWatcher(service: Service): Promise<void> {
  const { settings, log, signal } = service
  const store = openStore(settings, log, 'bus-watcher')
  while (!signal.aborted) {
    sayAlive()
    await watch(service, store).catch((error: unknown) =>
      log.warn({ reason: reasonOf(error) }, 'watching was interrupted'),
    )
    await pause(1, signal)
  }
  await store.close()
}

/** Watches over one connection. @throws an error when it breaks */
async function watch({ log, signal }: Service, store: Store): Promise<void> {
  let isHinted = false
  let isLost = false
  let nap = new AbortController()
  const wake = () => nap.abort()
  const onHint = () => {
    isHinted = true
    wake()
  }
  const onEnd = () => {
    isLost = true
    wake()
  }
  const listener = await store.listen(onHint, onEnd)
  signal.addEventListener('abort', wake)
  try {
    log.info('watching')
    for (let lastAll = -ALL_EVERY_MS; !signal.aborted;) {
      const isForAll = performance.now() - lastAll >= ALL_EVERY_MS
      if (isForAll) lastAll = performance.now()
      isHinted = false
      await observeNew(store, { log, signal, of: isForAll ? 'all' : 'recent' })
      sayAlive()
      nap = new AbortController()
      if (!isHinted && !isLost) await pause(ASK_EVERY_SECONDS, nap.signal)
      if (isLost) throw new Error('the connection to the database was lost')
    }
  } finally {
    signal.removeEventListener('abort', wake)
    listener.removeAllListeners('end')
    await listener.end().catch(() => undefined)
  }
}

interface Watching extends Pick<Service, 'log' | 'signal'> {
  readonly of: 'recent' | 'all'
}

async function observeNew(store: Store, { log, signal, of }: Watching): Promise<void> {
  for (;;) {
    const ids = await store.unobserved(of, AT_ONCE)
    for (const id of ids) {
      if (signal.aborted) return
      await observe(store, log, id)
    }
    sayAlive()
    if (ids.length < AT_ONCE) return
  }
}

async function observe(store: Store, log: Service['log'], id: string): Promise<void> {
  try {
    const { body } = await store.read(id)
    await store.observe(id, { isIntact: true, bytes: body.length })
  } catch (error) {
    if (error instanceof UnknownId) return // cleaned meanwhile
    if (!(error instanceof Damaged)) throw error
    log.error({ id, reason: error.message }, 'a message is damaged')
    await store.observe(id, { isIntact: false, bytes: 0 })
  }
}
