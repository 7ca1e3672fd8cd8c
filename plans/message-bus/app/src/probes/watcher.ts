import { bodyOf } from '../content.ts'
import { counted, newSession, probeMessage, until } from './probe.ts'
import type { Probe } from './probe.ts'

const BREAKS = 3

/** The watcher's connections are terminated while messages are written. Each message must have one observation, intact. */
export const watcher: Probe = async (probing) => {
  const { store, options } = probing
  const { messages = 300, withinSeconds } = options
  const client = probing.connect()
  const session = newSession('watcher')
  let breaks = 0
  for (let number = 0; number < messages; number++) {
    await client.send(probeMessage(bodyOf(`${session}/${number}`, 'json', 1024), session), { withinSeconds })
    if (number % Math.ceil(messages / BREAKS) !== 0) continue
    if (await until(withinSeconds, async () => (await store.query(TERMINATE)).length > 0)) breaks += 1
  }
  const counts = async () => {
    const [row] = await store.query<{ intact: number; damaged: number }>(OBSERVED, [session])
    return row ?? { intact: 0, damaged: 0 }
  }
  await until(withinSeconds, async () => (await counts()).intact === messages)
  const { intact, damaged } = await counts()
  return {
    passed: breaks === BREAKS && intact === messages && damaged === 0,
    line: `${counted(messages, 'message')} while the watcher lost its connection ${counted(breaks, 'time')}: ${intact} observed intact, ${messages - intact - damaged} missed, ${damaged} damaged`,
  }
}

const TERMINATE = `
select pg_terminate_backend(pid) from pg_stat_activity
where application_name = 'bus-watcher' and usename = current_user and datname = current_database()`

const OBSERVED = `
select count(*) filter (where verdict = 'intact')::int as intact, count(*) filter (where verdict = 'damaged')::int as damaged
from bus.observation o join bus.message m on m.id = o.message_id where m.session_id = $1`
