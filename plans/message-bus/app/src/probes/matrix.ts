import { sizesOf } from '../config.ts'
import { bodyOf, contents } from '../content.ts'
import { createReceiver, newSession, probeMessage, until } from './probe.ts'
import type { Probe } from './probe.ts'

/** Each size with each content, through the daemon, read back by the id that the daemon delivered: equal byte for byte. */
export const matrix: Probe = async (probing) => {
  const { store, log, options } = probing
  const { sizes = sizesOf('1k,10k,100k,1m,10m'), withinSeconds } = options
  const receiver = createReceiver(probing)
  const session = newSession('matrix')
  let equal = 0
  for (const size of sizes)
    for (const content of contents) {
      const message = probeMessage(bodyOf(session, content, size), session)
      const { path } = await receiver.send(message, { withinSeconds })
      const arrived = await until(withinSeconds, async () => receiver.arrivals.has(message.id))
      const isEqual = arrived && (await store.read(message.id)).body.equals(message.body)
      if (path === 'bus' && isEqual) equal += 1
      else log.error({ content, size, path, arrived, isEqual }, 'not as sent')
    }
  const all = sizes.length * contents.length
  const range = `from ${Math.min(...sizes)} to ${Math.max(...sizes)} bytes`
  return {
    passed: equal === all,
    line: `${sizes.length} sizes ${range} with ${contents.length} contents each: ${equal} of ${all} are equal byte for byte`,
  }
}
