import { bodyOf } from '../content.ts'
import { newSession, probeMessage, until } from './probe.ts'
import type { Probe } from './probe.ts'

interface Counts {
  readonly delivered: number
  readonly expired: number
}

/** Messages that expire after a second, delivered and not: the cleaner removes and counts both within its interval. */
export const expiry: Probe = async (probing) => {
  const { settings, store, options } = probing
  const session = newSession('expiry')
  const client = probing.connect()
  const each = Math.ceil((options.messages ?? 6) / 2)
  const counts = async (): Promise<Counts> => {
    const [row] = await store.query<Counts>(
      'select removed_delivered::int as delivered, removed_expired::int as expired from bus.cleaning',
    )
    return row ?? { delivered: 0, expired: 0 }
  }
  const left = async () => {
    const [row] = await store.query<{ rows: number }>(
      'select count(*)::int as rows from bus.message where session_id = $1',
      [session],
    )
    return row?.rows ?? -1
  }

  const before = await counts()
  for (let number = 0; number < each; number++) {
    await client.send(probeMessage(bodyOf(`${session}/${number}`, 'json', 1024), session, { ttlSeconds: 1 }))
    await store.write(
      probeMessage(bodyOf(`${session}/pending/${number}`, 'json', 1024), session, { ttlSeconds: 1 }),
    )
  }
  const start = performance.now()
  await until(settings.cleanupIntervalSecs + options.withinSeconds, async () => (await left()) === 0)
  const seconds = (performance.now() - start) / 1000
  const remaining = await left()
  const after = await counts()
  const delivered = after.delivered - before.delivered
  const expired = after.expired - before.expired
  return {
    passed: remaining === 0 && delivered >= each && expired >= each,
    line:
      `${2 * each} messages expired, ${each} of them delivered: ${remaining} left after ${seconds.toFixed(1)} s; ` +
      `the cleaner counted ${delivered} delivered and ${expired} not delivered`,
  }
}
