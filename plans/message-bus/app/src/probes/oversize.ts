import { once } from 'node:events'
import WebSocket from 'ws'
import { MB } from '../config.ts'
import { PayloadTooLarge } from '../errors.ts'
import { newSession, probeMessage } from './probe.ts'
import type { Probe } from './probe.ts'

/** A message above the limit is refused at the sender by name, and nothing of it is stored; the daemon refuses a frame above its limit. */
export const oversize: Probe = async (probing) => {
  const { settings, store } = probing
  const { maxPayloadMb, frameLimitMb, daemonUrl } = settings
  const client = probing.connect()
  const message = probeMessage(Buffer.alloc(maxPayloadMb * MB + 1), newSession('oversize'))
  const refusal = await client.send(message).then(
    () => undefined,
    (error: unknown) => error,
  )
  const [{ rows = -1 } = {}] = await store.query<{ rows: number }>(
    'select count(*)::int as rows from bus.message where id = $1',
    [message.id],
  )

  const socket = new WebSocket(daemonUrl)
  await once(socket, 'open')
  socket.on('error', () => undefined).send(Buffer.alloc(frameLimitMb * MB + 1))
  const [code] = (await once(socket, 'close')) as [number]

  const isNamed = refusal instanceof PayloadTooLarge && refusal.message.includes(message.id)
  return {
    passed: isNamed && rows === 0 && code === 1009,
    line:
      `a message of ${message.body.length} bytes: ${isNamed ? 'refused by its id' : 'not refused'} at ${maxPayloadMb} MB, ${rows} rows stored; ` +
      `a frame above ${frameLimitMb} MB: connection closed with ${code}`,
  }
}
