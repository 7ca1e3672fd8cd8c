// bench.js [ROUNDS [SIZES]]: times messages of each size through the bus, against bare statements of pg and against the WebSocket. Prints JSON.
// Needs what test:database needs. All ways take turns within each round, on the same server.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { createClient } from '../src/client.ts'
import { sizesOf } from '../src/config.ts'
import { bodyOf } from '../src/content.ts'
import { createMessage } from '../src/message.ts'
import type { Message } from '../src/message.ts'
import { openStore } from '../src/store.ts'
import { createDatabase } from './database/database.ts'
import { ownVariables, settingsOf, silent, startDaemon } from './program.ts'

const rounds = Number(process.argv[2] ?? 7)
const AT_ONCE = 20
const sizes = sizesOf(process.argv[3] ?? '1k,10k,100k,1m,10m')

const database = await createDatabase()
await database.query(
  'create table public.bare (id uuid primary key, bytes bytea not null); grant all on public.bare to bus_app',
)
const variables = await ownVariables(database.url)
const settings = settingsOf(variables)
const store = openStore(settings, silent, 'bench')
const pool = new pg.Pool({ connectionString: database.url, max: AT_ONCE })
const before = await ownVariables(database.url, { MESSAGE_BUS_MODE: 'old' })
const daemons = [await startDaemon(variables), await startDaemon(before)]
const bus = createClient({ settings, store, log: silent })
const old = createClient({ settings: settingsOf(before), store, log: silent })

/** One message, from its bytes to its bytes. */
const ways: Readonly<Record<string, (message: Message) => Promise<void>>> = {
  bus: async (message) => {
    await store.write(message)
    if (!(await store.read(message.id)).body.equals(message.body))
      throw new Error('the bus changed a message')
  },
  bare: async ({ id, body }) => {
    await pool.query('insert into public.bare (id, bytes) values ($1, $2)', [id, body])
    const { rows } = await pool.query<{ bytes: Buffer }>('select bytes from public.bare where id = $1', [id])
    if (!rows[0]?.bytes.equals(body)) throw new Error('the table changed a message')
  },
  // From the sender to the acknowledgement of the daemon, which has stored it.
  sent: async (message) => void (await bus.send(message)),
  inline: async (message) => void (await old.send(message)),
}

/** JSON that jsonb can hold, so that small messages are projected. */
function jsonOf(size: number): Buffer {
  return Buffer.from(bodyOf(randomUUID(), 'json', size).toString().replace('\\u0000', '123456'))
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN
}

const figures: object[] = []
for (const size of sizes) {
  // A tenth of a second of work at least, so that a short pause of the machine is not the figure.
  const inTurn = Math.max(1, Math.min(50, Math.floor(1_000_000 / size)))
  const atOnce = size > 1_000_000 ? 4 : AT_ONCE
  const times = new Map(
    Object.keys(ways).map((way) => [way, { oneMs: [] as number[], atOnceMs: [] as number[] }]),
  )
  for (let round = -1; round < rounds; round++)
    for (const [way, move] of Object.entries(ways)) {
      const bodies = Array.from({ length: inTurn + atOnce }, () => jsonOf(size))
      // The sum is part of the work of the bus: it is made within the time.
      const one = (body: Buffer) => move(createMessage(body, { source: 'bench' }))
      const oneMs = await timed(async () => {
        for (const body of bodies.slice(0, inTurn)) await one(body)
      })
      const atOnceMs = await timed(() => Promise.all(bodies.slice(inTurn).map(one)))
      if (round < 0) continue // a warm-up
      times.get(way)?.oneMs.push(oneMs / inTurn)
      times.get(way)?.atOnceMs.push(atOnceMs / atOnce)
    }
  const medians = [...times].map(([way, { oneMs, atOnceMs }]) => [
    way,
    { oneMs: median(oneMs), atOnceMs: median(atOnceMs) },
  ])
  const figure = { size, atOnce, ...(Object.fromEntries(medians) as object) }
  console.error(JSON.stringify(figure))
  figures.push(figure)
}
console.log(JSON.stringify(figures))

bus.close()
old.close()
for (const daemon of daemons) await daemon.stop()
await Promise.all([store.close(), pool.end()])
await database.drop()
