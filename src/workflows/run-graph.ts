export interface GraphItem {
  readonly id: string
  /** Ids of items that must be done first. Ids that are not in the graph count as done. */
  readonly needs: readonly string[]
}

export interface GraphEnd {
  readonly failed: readonly { readonly id: string; readonly error: unknown }[]
  readonly notStarted: readonly string[]
}

const AT_ONCE = 20

/**
 * Runs each item as soon as everything that it needs is done, at most 20 at a time, and where `mayStart` allows it beside those
 * that run. After the first failure it starts no further item and waits for the running ones. Never throws: the errors of the
 * items are in `failed`.
 */
export async function runGraph<Item extends GraphItem>(
  items: readonly Item[],
  carryOut: (item: Item) => Promise<void>,
  mayStart: (item: Item, running: readonly Item[]) => boolean = () => true,
): Promise<GraphEnd> {
  const pending = new Set(items.map(({ id }) => id))
  const running = new Map<string, Promise<void>>()
  const failed: { id: string; error: unknown }[] = []
  const notStarted = () => items.filter(({ id }) => pending.has(id) && !running.has(id))
  const isReady = (item: Item) => item.needs.every((need) => !pending.has(need))

  const start = async (item: Item) => {
    try {
      await carryOut(item)
      pending.delete(item.id)
    } catch (error) {
      failed.push({ id: item.id, error })
    } finally {
      running.delete(item.id)
    }
  }

  for (;;) {
    if (failed.length === 0) {
      for (const item of notStarted().filter(isReady)) {
        const others = items.filter(({ id }) => running.has(id))
        if (others.length < AT_ONCE && mayStart(item, others)) running.set(item.id, start(item))
      }
    }
    if (running.size === 0) break
    await Promise.race(running.values())
  }
  const failedIds = new Set(failed.map(({ id }) => id))
  return { failed, notStarted: notStarted().flatMap(({ id }) => (failedIds.has(id) ? [] : [id])) }
}
