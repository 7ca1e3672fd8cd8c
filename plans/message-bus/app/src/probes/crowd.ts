import { sizesOf } from '../config.ts'
import { bodyOf } from '../content.ts'
import type { Message } from '../message.ts'
import { counted, createReceiver, newSession, probeMessage, until } from './probe.ts'
import type { Probe, Probing } from './probe.ts'

type Sum = Pick<Message, 'id' | 'sha256'>

/** Many senders at once, each with a connection of its own. Each message must be in the bus with its own bytes, and arrive once. */
export const crowd: Probe = async (probing) => {
  const { senders, withinSeconds, messages = 1000, sizes = sizesOf('1k,10k,100k') } = probing.options
  const receiver = createReceiver(probing)
  const session = newSession('crowd')
  const sums: Sum[] = []
  let inline = 0
  const sendAll = async (sender: number) => {
    const client = probing.connect()
    for (let number = sender; number < messages; number += senders) {
      const size = sizes[number % sizes.length] ?? 1024
      const message = probeMessage(bodyOf(`${session}/${number}`, 'json', size), session)
      const { path } = await client.send(message, { withinSeconds })
      if (path === 'inline') inline += 1
      sums.push({ id: message.id, sha256: message.sha256 })
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: senders }, (_, sender) => sendAll(sender)))
  const seconds = (performance.now() - start) / 1000

  const { lost, mixed, rows } = await judge(probing, session, sums)
  const unseen = sums.filter(({ id }) => !receiver.arrivals.has(id)).length
  const twice = [...receiver.arrivals.values()].filter((times) => times > 1).length
  const doubled = rows - (messages - lost) + twice
  return {
    passed: lost + mixed + unseen + doubled === 0,
    line:
      `${senders} senders at once, ${counted(messages, 'message')} in ${seconds.toFixed(1)} s (${inline} of them inline): ` +
      `${lost} lost, ${mixed} mixed, ${doubled} doubled, ${unseen} not received by the subscriber`,
  }
}

async function judge({ store, options }: Probing, session: string, sums: readonly Sum[]) {
  const missing = async () => {
    const found = await store.query<{ id: string; sha256: Buffer }>(
      'select id, body_sha256 as sha256 from bus.message where session_id = $1',
      [session],
    )
    const stored = new Map(found.map(({ id, sha256 }) => [id, sha256]))
    return { stored, lost: sums.filter(({ id }) => !stored.has(id)).length }
  }
  // What came inline is in the bus when the daemon has emptied its spool.
  await until(options.withinSeconds, async () => (await missing()).lost === 0)
  const { stored, lost } = await missing()
  let mixed = 0
  for (const { id, sha256 } of sums) {
    if (!stored.has(id)) continue
    const { sha256: found } = await store.read(id)
    if (!found.equals(sha256)) mixed += 1
  }
  return { lost, mixed, rows: stored.size }
}
