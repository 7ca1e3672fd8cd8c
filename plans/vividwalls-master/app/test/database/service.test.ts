import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { beforeContract, createDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'

const workflows = mkdtempSync(join(tmpdir(), 'workflows-'))
writeFileSync(join(workflows, 'v1.json'), '{ "version": 1, "routes": { "likes": "facebook" } }')
writeFileSync(join(workflows, 'v2.json'), '{ "version": 2, "routes": { "likes": "social-media" } }')

function runScript(script: string, words: readonly string[], variables: Readonly<Record<string, string>>) {
  const path = new URL(`../../src/${script}.js`, import.meta.url).pathname
  const child = spawn(process.execPath, [path, ...words], {
    env: { PATH: process.env['PATH'], WORKFLOWS: workflows, TICK_SECONDS: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]).then(
    ([[exitCode], output, errors]) => ({ exitCode: exitCode as number | null, output: output + errors }),
  )
  return { child, end }
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return String(port)
}

async function startService(variables: Readonly<Record<string, string>>) {
  const all = { PORT: await freePort(), ...variables }
  const { child, end } = runScript('server', [], all)
  const url = `http://127.0.0.1:${all.PORT}`
  for (let tries = 0; ; tries += 1)
    try {
      await fetch(`${url}/version`)
      break
    } catch {
      if (tries > 100) throw new Error((await Promise.race([end, wait(10)]))?.output ?? 'no answer')
      await wait(100)
    }
  const ask = async (path: string, send?: unknown) => {
    const response = await fetch(url + path, {
      ...(send !== undefined && {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(send),
      }),
    })
    const body = await response.text()
    // What the answer holds is known to who asks.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    return { status: response.status, body: body.startsWith('{') ? (JSON.parse(body) as any) : body }
  }
  return {
    variables: all,
    ask,
    probe: (...names: string[]) => runScript('probe', names, all).end,
    stop: async () => {
      child.kill('SIGTERM')
      return await end
    },
  }
}
type Service = Awaited<ReturnType<typeof startService>>

const event = (agent: string, facts: object = {}) => ({
  id: randomUUID(),
  agent,
  topic: 'test',
  payload: {},
  ...facts,
})

describe('v1', () => {
  it('serves on the schema of the first day and after every migration before the contract', async () => {
    const database = await createDatabase()
    const service = await startService({ DATABASE_URL: database.url, SERVES: 'v1' })
    const acts = async () => {
      const acted = await service.ask('/api/events', event('email'))
      assert.deepEqual([acted.status, acted.body.agent], [201, 'email'])
    }
    await acts()
    for (const migration of beforeContract) {
      await database.up(migration)
      await acts()
    }
    assert.equal(
      (await service.ask('/api/events', { id: randomUUID(), topic: 'likes.new', payload: {} })).body.agent,
      'facebook',
    )
    assert.equal((await service.stop()).exitCode, 0)
    await database.drop()
  })
})

describe('v2', () => {
  let database: TestDatabase
  let service: Service
  before(async () => {
    database = await createDatabase(beforeContract)
    service = await startService({ DATABASE_URL: database.url, REDIS_URL: process.env['REDIS_URL'] ?? '' })
  })
  after(async () => {
    await service.stop()
    await database.drop()
  })

  it('lets the successor act on as many of 100 events as the table says, one action to each', async () => {
    for (const [percent, from, to] of [
      [0, 0, 0],
      [10, 1, 30],
      [100, 100, 100],
    ] as const) {
      await database.query('update agents.rollout set percent = $1 where batch = 130', [percent])
      const sent = Array.from({ length: 100 }, () => event('shipping'))
      const answers = await Promise.all(sent.map((one) => service.ask('/api/events', one)))
      const successors = answers.filter(({ body }) => body.agent === 'logistics').length
      assert.ok(successors >= from && successors <= to, `${successors} of 100 at ${percent} %`)
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
      // Sent again, also after the share has changed, an event is answered with the action that there was.
      await database.query('update agents.rollout set percent = 50 where batch = 130')
      const again = await Promise.all(sent.map((one) => service.ask('/api/events', one)))
      assert.deepEqual(
        again.map(({ body }) => body.agent),
        answers.map(({ body }) => body.agent),
      )
    }
    await database.query('update agents.rollout set percent = 100')
  })

  it('and v1 beside it act once on each event; a double action is refused and seen', async () => {
    const old = await startService({ DATABASE_URL: database.url, SERVES: 'v1' })
    const sent = Array.from({ length: 100 }, () => event('email'))
    const answers = await Promise.all(
      sent.flatMap((one) => [service.ask('/api/events', one), old.ask('/api/events', one)]),
    )
    const [count] = await database.query(
      'select count(*)::int as actions from agents.action where event_id = any($1)',
      [sent.map(({ id }) => id)],
    )
    assert.deepEqual(count, { actions: 100 })
    const statuses = answers.map(({ status }) => status)
    assert.deepEqual(
      statuses.filter((status) => status !== 200 && status !== 201 && status !== 409),
      [],
    )
    const refused = answers.filter(({ status }, index) => status === 409 && index % 2 === 0).length
    const [seen] = await database.query('select count(*)::int as seen from agents.double_action')
    assert.deepEqual(seen, { seen: refused })
    const metrics = String((await service.ask('/metrics')).body)
    assert.match(metrics, new RegExp(`^agents_double_actions_total ${refused}$`, 'm'))
    await database.query('delete from agents.double_action')
    await old.stop()
  })

  it('stands its own probes', async () => {
    await service.ask('/api/agents')
    const { exitCode, output } = await service.probe(
      'act',
      'bad-input',
      'overspend',
      'last-copy',
      'reports',
      'errors',
      'cache',
    )
    assert.equal(exitCode, 0, output)
    assert.match(output, /^last-copy: 20 buyers at once, one last copy: 1 sold, 19 refused$/m)
    assert.match(output, /^bad-input: 10 of 10 wrong events were refused and left no row$/m)
  })

  it('lists the agents that act, from the cache, and anew after a change of the rollout', async () => {
    const list = async () =>
      (await service.ask('/api/agents')).body.agents as { id: string; knowledge: number }[]
    const there = async (count: number) => {
      for (let tries = 0; tries < 50; tries += 1) {
        if ((await list()).length === count) return
        await wait(100)
      }
      assert.equal((await list()).length, count)
    }
    await there(28)
    assert.equal(
      (await list()).reduce((sum, { knowledge }) => sum + knowledge, 0),
      480,
    )
    await database.query('update agents.rollout set percent = 10 where batch > 110')
    await there(50)
    await database.query('update agents.rollout set percent = 100')
    await there(28)
  })

  it('posts and divides a sale within a few seconds, and says how far behind it is', async () => {
    const [sale] = await database.query<{ id: string }>(
      'insert into shop.purchase (customer_id, total, paid_at) select id, 12.34, now() from shop.customer limit 1 returning id',
    )
    for (let tries = 0; tries < 50; tries += 1) {
      const [part] = await database.query(
        'select a.agent_id, a.amount from finance.attribution a join finance.transaction t on t.id = transaction_id where purchase_id = $1',
        [sale?.id],
      )
      if (part) {
        assert.deepEqual(part, { agent_id: 'sales-director', amount: '12.34' })
        assert.match(String((await service.ask('/metrics')).body), /^agents_reporting_lag_seconds 0$/m)
        return
      }
      await wait(100)
    }
    assert.fail('it was not posted')
  })

  it('sells a limited edition to collectors first, at a price that rises', async () => {
    const [edition] = await database.query<{ id: string }>(
      "insert into business.edition (artwork, size, base_price, unit_cost) values ('first', 4, 100, 20) returning id",
    )
    const customerOf = async (segment: string) =>
      (
        await database.query<{ id: string }>(
          'select customer_id as id from segments.customer where segment_key = $1 limit 1',
          [segment],
        )
      )[0]?.id
    const buy = async (customer: unknown) =>
      await service.ask(`/api/editions/${edition?.id}/buy`, { customer })
    const early = await buy(await customerOf('renters'))
    assert.deepEqual([early.status, early.body.error], [409, 'the edition is not on sale yet'])
    assert.deepEqual((await buy(await customerOf('collectors'))).body, { number: 1 })
    const { editions } = (await service.ask('/api/editions')).body
    assert.deepEqual(editions, [{ id: edition?.id, artwork: 'first', left_over: 3, price: '112.50' }])
  })
})

describe('the contract', () => {
  it('goes up and down while events to archived agents arrive, and each of them is acted on once', async () => {
    const database = await createDatabase(beforeContract)
    const service = await startService({ DATABASE_URL: database.url })
    let isOver = false
    const statuses: number[] = []
    const client = (async () => {
      while (!isOver)
        statuses.push(
          ...(await Promise.all(
            ['facebook', 'email', 'shipping', 'pricing'].map(
              async (agent) => (await service.ask('/api/events', event(agent))).status,
            ),
          )),
        )
    })()
    await database.up('900-contract')
    const archived = await service.ask('/api/events', event('shipping'))
    assert.deepEqual([archived.status, archived.body.agent], [201, 'logistics'])
    await database.down('900-contract')
    isOver = true
    await client
    assert.ok(statuses.length > 4)
    assert.deepEqual(
      statuses.filter((status) => status !== 201),
      [],
    )
    await service.stop()
    await database.drop()
  })
})

describe('v2 without its cache or its database', () => {
  it('answers without the cache; is 503 without the database; and does not start with wrong settings', async () => {
    const database = await createDatabase(['010-expand'])
    const service = await startService({ DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1' })
    assert.deepEqual((await service.ask('/health')).body, {
      status: 'ok',
      version: '0.0.0-development',
      cache: 'away',
    })
    assert.equal((await service.ask('/api/agents')).body.agents.length, 48)
    // A week that has not come yet.
    assert.equal((await service.ask('/dashboard')).status, 404)
    assert.equal((await service.probe('cache')).exitCode, 1)
    await database.drop()
    assert.equal((await service.ask('/health')).status, 503)
    assert.equal((await service.stop()).exitCode, 0)
    const wrong = await runScript('server', [], { PORT: 'x', DATABASE_URL: 'canary' }).end
    assert.equal(wrong.exitCode, 1)
    assert.match(wrong.output, /DATABASE_URL is missing or wrong.*PORT is missing or wrong/)
    assert.doesNotMatch(wrong.output, /canary/)
  })
})
