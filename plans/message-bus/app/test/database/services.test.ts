import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import WebSocket from 'ws'
import { createClient } from '../../src/client.ts'
import type { BusClient } from '../../src/client.ts'
import { bodyOf } from '../../src/content.ts'
import { FrameTooLarge, NotAcknowledged } from '../../src/errors.ts'
import type { Delivery } from '../../src/link.ts'
import { createMessage } from '../../src/message.ts'
import { openStore } from '../../src/store.ts'
import type { Store } from '../../src/store.ts'
import { freePort, ownVariables, runBus, settingsOf, silent, startDaemon, startService } from '../program.ts'
import type { Running } from '../program.ts'
import { createDatabase, wayTo } from './database.ts'
import type { Database, Way } from './database.ts'

let database: Database
let way: Way
let variables: Readonly<Record<string, string>>
let store: Store
let running: (Running | BusClient)[]

before(async () => {
  database = await createDatabase()
})
after(() => database.drop())
beforeEach(async () => {
  await database.query(EMPTY)
  way = await wayTo(database.url)
  variables = await ownVariables(way.url, { ANON_DATABASE_URL: database.anonUrl, FRAME_LIMIT_MB: '2' })
  store = openStore(settingsOf(variables), silent, 'test')
  running = []
})
afterEach(async () => {
  for (const one of running)
    if ('stop' in one) await one.stop()
    else one.close()
  await store.close()
  await way.close()
})
const EMPTY = `
truncate bus.message cascade; truncate public.deliveries;
update bus.cleaning set ran_at = null, removed_delivered = 0, removed_expired = 0`

async function daemon(more: Readonly<Record<string, string>> = {}): Promise<Running> {
  const started = await startDaemon({ ...variables, ...more })
  running.push(started)
  return started
}

function service(command: string, more: Readonly<Record<string, string>> = {}): Running {
  const started = startService(command, { ...variables, ...more })
  running.push(started)
  return started
}

function client(onDelivery?: (delivery: Delivery) => void): BusClient {
  const made = createClient({
    settings: settingsOf(variables),
    store,
    log: silent,
    ...(onDelivery && { onDelivery }),
  })
  running.push(made)
  return made
}

const messageOf = (body: Buffer | string, id: string = randomUUID()) =>
  createMessage(Buffer.from(body), { id, source: 'test' })
const probe = (...words: string[]) => runBus(['probe', ...words], { ...variables, LOG_LEVEL: 'error' })
const count = async (from: string) =>
  (await database.query<{ count: number }>(`select count(*)::int from ${from}`))[0]?.count
const health = async () =>
  (await (await fetch(`http://127.0.0.1:${variables['PORT']}/health`)).json()) as {
    readonly breaker: {
      readonly state: string
      readonly failures: number
      readonly openedAt: string
      readonly halfOpenAt: string
    }
    readonly spooled: number
  }

async function until(question: () => Promise<boolean>, seconds = 20): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await question())) {
    assert.ok(performance.now() < deadline, 'it did not happen in time')
    await wait(50)
  }
}

describe('the modes of the daemon', () => {
  it('old: stores inline messages in public.deliveries, and refuses ids', async () => {
    await daemon({ MESSAGE_BUS_MODE: 'old' })
    const message = messageOf(bodyOf('old', 'json', 5000))
    const sender = client()
    assert.equal((await sender.send(message)).path, 'inline')
    assert.equal((await sender.send(message)).path, 'inline')
    await assert.rejects(sender.send(messageOf('other', message.id)), /other content/)
    assert.deepEqual(await database.query('select id, bytes from public.deliveries'), [
      { id: message.id, bytes: message.body },
    ])
    assert.equal(await count('bus.message'), 0)
  })

  it('dual: stores ids and inline messages in both, and copies what an old daemon stores beside it', async () => {
    await daemon({ MESSAGE_BUS_MODE: 'dual', MESSAGE_BUS_ADOPT: 'true' })
    const beside = await ownVariables(way.url, { MESSAGE_BUS_MODE: 'old' })
    running.push(await startDaemon(beside))
    const old = createClient({ settings: settingsOf(beside), store, log: silent })
    running.push(old)
    const byId = messageOf(bodyOf('by id', 'json', 9000))
    const inline = messageOf(bodyOf('inline', 'nul', 9000))
    const throughOld = messageOf(bodyOf('old', 'random', 9000))
    const tooOld = messageOf('expired')
    await database.query(`insert into public.deliveries values ($1, $2, now() - interval '49 hours')`, [
      tooOld.id,
      tooOld.body,
    ])

    assert.equal((await client().send(byId)).path, 'bus')
    const disabled = createClient({
      settings: { ...settingsOf(variables), enabled: false },
      store,
      log: silent,
    })
    running.push(disabled)
    assert.equal((await disabled.send(inline)).path, 'inline')
    await old.send(throughOld)
    await until(async () => (await count('bus.message')) === 3)
    for (const { id, body } of [byId, inline, throughOld]) {
      assert.ok((await store.read(id)).body.equals(body))
      assert.deepEqual(await database.query('select bytes from public.deliveries where id = $1', [id]), [
        { bytes: body },
      ])
    }
    assert.equal(await count('public.deliveries'), 4)
    assert.equal(await count(`bus.message where status = 'delivered'`), 3)
  })

  it('dual: leaves what the cleaner removed from the bus removed', async () => {
    await daemon({ MESSAGE_BUS_MODE: 'dual' })
    const message = { ...messageOf('short'), ttlSeconds: 1 }
    await client().send(message)
    await until(async () => ((await store.clean())?.delivered ?? 0) === 1)
    // Longer than a daemon needs that adopts.
    await wait(3000)
    assert.equal(await count('bus.message'), 0)
    assert.equal(await count('public.deliveries'), 1)
  })

  it('bus: delivers an id once to a subscriber, however often it is sent', async () => {
    await daemon()
    const arrived: string[] = []
    const receiver = client(({ id }) => void arrived.push(id))
    const message = messageOf('{"sent": "twice"}')
    await receiver.send(message)
    await client().send(message)
    const last = messageOf('{"sent": "last"}')
    await receiver.send(last)
    await until(async () => arrived.includes(last.id))
    assert.deepEqual(arrived, [message.id, last.id])
    assert.equal(await count('public.deliveries'), 0)
  })

  it('closes a connection that sends what is no frame, a wrong sum, or more than the frame limit', async () => {
    await daemon()
    const wrongSum = Buffer.from(
      `{"id":"${randomUUID()}","sha256":"${'0'.repeat(64)}","type":"a","source":"b"}\nbody`,
    )
    for (const [sent, code] of [
      ['{"announce": 1}', 1008],
      [wrongSum, 1008],
      [Buffer.alloc(2 * 1024 * 1024 + 1), 1009],
    ] as const) {
      const socket = new WebSocket(variables['DAEMON_URL'] ?? '')
      await once(socket, 'open')
      socket.on('error', () => undefined).send(sent)
      assert.equal((await once(socket, 'close'))[0], code)
    }
    assert.equal(await count('bus.message'), 0)
  })
})

describe('while the database is away', () => {
  it('opens after five failures, takes messages inline, refuses large ones by name, and fills the bus after it is back', async () => {
    await daemon()
    const inline = new Map<string, Buffer>()
    const sender = client((delivery) => delivery.inline && inline.set(delivery.id, delivery.inline.body))
    await sender.send(messageOf('before'))
    await way.cut()
    const messages = Array.from({ length: 12 }, (_, number) => messageOf(bodyOf(`${number}`, 'json', 5000)))
    for (const message of messages) assert.equal((await sender.send(message)).path, 'inline')
    assert.equal(sender.breaker().failures, 5)
    assert.equal((await health()).breaker.failures, 5)
    const large = messageOf(bodyOf('large', 'random', 2 * 1024 * 1024))
    await assert.rejects(
      sender.send(large),
      (error: Error) => error instanceof FrameTooLarge && error.message.includes(large.id),
    )
    for (const { id, body } of messages) assert.ok(inline.get(id)?.equals(body))
    assert.equal((await health()).spooled, 12)

    await way.restore()
    await until(async () => (await health()).spooled === 0)
    const { breaker } = await health()
    assert.equal(breaker.state, 'closed')
    assert.ok(Date.parse(breaker.halfOpenAt) - Date.parse(breaker.openedAt) >= 2000)
    for (const { id, body } of messages) assert.ok((await store.read(id)).body.equals(body))
    assert.equal((await sender.send(large)).path, 'bus')
    assert.equal(await count('bus.message'), 14)
  })

  it('keeps what it acknowledged over its own death, and puts aside what the bus holds otherwise', async () => {
    const first = await daemon()
    const taken = messageOf('in the bus')
    await store.write(taken)
    await way.cut()
    const kept = messageOf(bodyOf('kept', 'json', 3000))
    const sender = client()
    await sender.send(kept)
    await sender.send(messageOf('other content', taken.id))
    await assert.rejects(sender.send(messageOf('a third content', taken.id)), /other content/)
    first.process.kill('SIGKILL')
    await once(first.process, 'exit')
    await way.restore()
    await daemon()
    await until(async () => (await count('bus.message')) === 2)
    assert.ok((await store.read(kept.id)).body.equals(kept.body))
    assert.equal((await store.read(taken.id)).body.toString(), 'in the bus')
    const spool = join(variables['BUS_FOLDER'] ?? '', 'spool')
    await until(async () => readdirSync(spool).length === 1)
    assert.deepEqual(readdirSync(join(spool, 'refused')), [taken.id])
  })

  it('takes messages inline from a sender that reaches it, and makes a large one wait, though it is in the bus', async () => {
    await daemon()
    const direct = openStore(settingsOf({ ...variables, DATABASE_URL: database.url }), silent, 'test')
    const sender = createClient({ settings: settingsOf(variables), store: direct, log: silent })
    running.push(sender)
    await way.cut()
    const message = messageOf('small')
    const large = messageOf(bodyOf('large', 'random', 3 * 1024 * 1024))
    assert.equal((await sender.send(message)).path, 'inline')
    assert.equal((await health()).spooled, 1)
    const sent = sender.send(large)
    await wait(500)
    await way.restore()
    assert.equal((await sent).path, 'bus')
    await until(async () => (await count(`bus.message where status = 'delivered'`)) === 2)
    await direct.close()
  })

  it('waits instead if the fallback is off', async () => {
    await daemon()
    variables = { ...variables, MESSAGE_BUS_FALLBACK_TO_WEBSOCKET: 'false' }
    const sender = client()
    await way.cut()
    const sent = sender.send(messageOf('patient'))
    await wait(500)
    assert.equal((await health()).spooled, 0)
    await way.restore()
    assert.equal((await sent).path, 'bus')
  })

  it('refuses what its spool cannot hold, for the sender to send again', async () => {
    await daemon({ SPOOL_LIMIT_MB: '1' })
    await way.cut()
    const sender = client()
    await sender.send(messageOf(bodyOf('fits', 'random', 900_000)))
    const refused = sender.send(messageOf(bodyOf('does not', 'random', 900_000)), { withinSeconds: 1 })
    await assert.rejects(
      refused,
      (error: Error) => error instanceof NotAcknowledged && /the spool is full/.test(error.message),
    )
  })
})

describe('the client service', () => {
  it('sends again by id what was not acknowledged when it died, over a daemon that dies and a database that is away', async () => {
    const more = { CLIENT_PER_SECOND: '100' }
    const firstDaemon = await daemon()
    const first = service('client', more)
    await until(async () => ((await count('bus.message')) ?? 0) > 50)
    firstDaemon.process.kill('SIGKILL')
    await wait(500)
    first.process.kill('SIGKILL')
    await once(first.process, 'exit')
    const second = service('client', more)
    await daemon()
    await wait(1000)
    await way.cut()
    await wait(1000)
    await way.restore()
    await wait(3000)
    assert.equal((await second.stop()).exitCode, 0)
    const { exitCode, output } = await probe('account')
    assert.equal(exitCode, 0, output)
    assert.match(
      output,
      /^\d+ messages acknowledged: 0 lost, 0 damaged, 0 doubled, 0 unknown; \d+ in the bus, 0 in deliveries/m,
    )

    // The probe finds what is wrong.
    const [lost, repeated, foreign] = await database.query<{ id: string }>(
      'select id from bus.message order by created_at limit 3',
    )
    await database.query('delete from bus.message where id = $1', [lost?.id])
    const { exitCode: red, output: found } = await probe('account', '--within', '1')
    assert.equal(red, 1)
    assert.match(found, /: 1 lost, 0 damaged, 0 doubled, 0 unknown/)
    await database.query(`update bus.message set id = gen_random_uuid() where id = $1`, [foreign?.id])
    await database.query(
      `insert into bus.message select (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid()))).* from bus.message m where id = $1`,
      [repeated?.id],
    )
    assert.match(
      (await probe('account', '--within', '1')).output,
      /: 2 lost, 0 damaged, 1 doubled, 2 unknown/,
    )
  })
})

describe('the watcher', () => {
  it('observes each message once over connections that break, and while there was no watcher', async () => {
    await daemon()
    for (let number = 0; number < 20; number++) await store.write(messageOf(`before ${number}`))
    service('watcher')
    const { exitCode, output } = await probe('watcher', '--messages', '300')
    assert.equal(exitCode, 0, output)
    assert.match(
      output,
      /^300 messages while the watcher lost its connection 3 times: 300 observed intact, 0 missed, 0 damaged$/m,
    )
    assert.equal(await count('bus.message'), 320)
    await until(async () => (await count(`bus.observation where verdict = 'intact'`)) === 320)
  })

  it('finds a damaged message', async () => {
    const message = messageOf(bodyOf('seed', 'random', 1024))
    await store.write(message)
    await database.query(`update bus.message set body = '\\x00'`)
    service('watcher')
    await until(async () => (await count(`bus.observation where verdict = 'damaged'`)) === 1)
    assert.equal(await count(`bus.message where status = 'error'`), 1)
  })
})

describe('the probes', () => {
  it('are green where the promises hold', async () => {
    await daemon()
    service('cleaner')
    for (const [name, line] of [
      [
        'matrix',
        /^5 sizes from 1024 to 10485760 bytes with 3 contents each: 15 of 15 are equal byte for byte$/m,
      ],
      [
        'crowd',
        /^20 senders at once, 1,000 messages in .* \(0 of them inline\): 0 lost, 0 mixed, 0 doubled, 0 not received/m,
      ],
      [
        'oversize',
        /^a message of 104857601 bytes: refused by its id at 100 MB, 0 rows stored; a frame above 2 MB: connection closed with 1009$/m,
      ],
      [
        'expiry',
        /^6 messages expired, 3 of them delivered: 0 left after .*; the cleaner counted 3 delivered and 3 not delivered$/m,
      ],
      ['anonymous', /^the anonymous role tried 14 statements: 14 refused, 0 not$/m],
    ] as const) {
      const { exitCode, output } = await probe(name)
      assert.equal(exitCode, 0, output)
      assert.match(output, line)
      assert.deepEqual(await probe('said', name), { exitCode, output })
    }
  })

  it('outage and recovery: red while the database is there, green over an outage', async () => {
    await daemon()
    assert.equal((await probe('outage', '--messages', '4')).exitCode, 1)
    await way.cut()
    const { exitCode, output } = await probe('outage', '--sizes', '1k,1m')
    assert.equal(exitCode, 0, output)
    assert.match(
      output,
      /^the sender's breaker opened after 5 failures, the daemon's is (half-)?open; 38 inline, 2 refused by name, 0 truncated, 0 through the bus$/m,
    )
    assert.equal((await probe('recovery', '--within', '1')).exitCode, 1)
    await way.restore()
    const recovered = await probe('recovery')
    assert.equal(recovered.exitCode, 0, recovered.output)
    assert.match(
      recovered.output,
      /half-open 2\.\d s after it opened, and is closed; 38 inline and 2 sent again are in the bus: 0 lost, 0 doubled$/m,
    )
  })
})

describe('the dashboard', () => {
  it('shows the numbers of SQL in its page, its JSON and its metrics, and 503 without the database', async () => {
    await daemon()
    const port = String(await freePort())
    const dashboard = service('dashboard', { PORT: port })
    const url = `http://127.0.0.1:${port}`
    const sender = client()
    for (let number = 0; number < 30; number++)
      await sender.send(messageOf(bodyOf(`${number}`, 'json', 1024 * (number + 1))))
    await store.write(messageOf('pending'))
    await until(() =>
      fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    )

    const [sql] = await database.query<Record<string, number>>(`
      select count(*)::int as messages, count(*) filter (where status = 'delivered')::int as delivered,
        count(*) filter (where status = 'pending')::int as pending, sum(body_bytes)::int as bytes, sum(length(body))::int as stored_bytes
      from bus.message`)
    const { totals, sizes, minutes } = (await (await fetch(`${url}/api/flow`)).json()) as {
      readonly totals: Record<string, number>
      readonly sizes: readonly { readonly messages: number }[]
      readonly minutes: readonly { readonly messages: number }[]
    }
    for (const [name, value] of Object.entries(sql ?? {})) assert.equal(totals[name], value, name)
    assert.deepEqual(
      sizes.map(({ messages }) => messages),
      [2, 9, 20, 0, 0, 0],
    )
    assert.equal(minutes.length, 60)
    assert.equal(
      minutes.reduce((sum, { messages }) => sum + messages, 0),
      31,
    )
    const page = await (await fetch(url)).text()
    assert.match(
      page,
      /<li id="written"><b>31<\/b>.*<li id="delivered"><b>30<\/b><span>delivered<\/span><small>1 pending/,
    )
    const metrics = await (await fetch(`${url}/metrics`)).text()
    assert.match(metrics, /^bus_messages\{status="pending"\} 1\nbus_messages\{status="delivered"\} 30$/m)

    await way.cut()
    const away = await fetch(url)
    assert.equal(away.status, 503)
    assert.match(await away.text(), /The database does not answer: messages go inline\./)
    assert.match(await (await fetch(`${url}/metrics`)).text(), /^bus_up 0$/m)
    assert.equal((await dashboard.stop()).exitCode, 0)
  })
})

// The last, for it breaks the schema.
describe('the probes on a broken schema', () => {
  it('are red where a promise is broken', async () => {
    await daemon()
    await database.query('grant usage on schema bus to anon; grant select on bus.cleaning to anon')
    assert.match(
      (await probe('anonymous')).output,
      /^the anonymous role tried 14 statements: 13 refused, 1 not$/m,
    )
    assert.equal((await probe('expiry', '--within', '1')).exitCode, 1)
    assert.equal((await probe('watcher', '--messages', '3', '--within', '1')).exitCode, 1)
    await database.query(`
      create function bus.alter() returns trigger language plpgsql as $$ begin new.body = '\\x00'; return new; end $$;
      create trigger alter before insert on bus.message for each row execute function bus.alter()`)
    assert.equal((await probe('matrix', '--sizes', '1k')).exitCode, 1)
    assert.deepEqual(await probe('said', 'recovery'), { exitCode: 1, output: 'probe recovery has not run\n' })
  })
})
