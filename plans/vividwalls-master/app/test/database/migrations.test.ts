import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { beforeContract, createDatabase, migrations } from './database.ts'
import type { TestDatabase } from './database.ts'

describe('the migrations', () => {
  let database: TestDatabase
  before(async () => (database = await createDatabase()))
  after(() => database.drop())

  const FIGURES = `select
    (select count(*)::int from agents.acting) as acting, (select count(*)::int from agents.acting_path) as paths,
    (select count(*)::int from agents.ready) as ready, (select count(*)::int from agents.ready_path) as ready_paths,
    (select count(*)::int from agents.known) as known, (select count(*)::int from agents.not_conserved) as lost,
    (select count(*)::int from agents.knowledge k left join agents.agent a on a.id = k.agent_id where a.id is null) as orphans`
  const figures = (acting: number, ready: number) => ({
    ...{ acting, paths: acting ** 2, ready, ready_paths: ready ** 2, known: 480, lost: 0, orphans: 0 },
  })

  it('map 48 agents to 28 and 2,304 paths to 784, and lose nothing; every one goes down to the first day', async () => {
    const [first] = await database.query(
      'select (select count(*)::int from agents.agent) as agents, (select count(*)::int from agents.path) as paths, (select count(*)::int from agents.event) as events',
    )
    assert.deepEqual(first, { agents: 48, paths: 2304, events: 2000 })
    const states: Record<string, string>[] = []
    const steps: Record<string, ReturnType<typeof figures>> = {
      '010-expand': figures(48, 48),
      '110-social-sales-analytics': figures(41, 41),
      '120-messaging-content': figures(41, 36),
      '130-operations-care': figures(41, 31),
      '140-finance-pricing': figures(41, 28),
      // Between: both may act, each on its share.
      '210-canary': figures(50, 28),
      '220-half': figures(50, 28),
      '230-full': figures(28, 28),
      '900-contract': figures(28, 28),
    }
    for (const migration of migrations) {
      states.push(await database.fingerprint())
      await database.up(migration)
      const expected = steps[migration]
      if (expected) assert.deepEqual((await database.query(FIGURES))[0], expected, migration)
    }
    const [left] = await database.query(
      'select (select count(*)::int from agents.agent) as agents, (select count(*)::int from agents.path) as paths, (select count(*)::int from archive.agent) as archived',
    )
    assert.deepEqual(left, { agents: 28, paths: 784, archived: 32 })
    const wrong = await database.query('select * from governance.reconciliation where difference <> 0')
    assert.deepEqual(wrong, [])
    for (const migration of [...migrations].reverse()) {
      await database.down(migration)
      // Rows that triggers and functions wrote in between are of the tables that go later; rollout says when it changed.
      const volatile = /^rows of (governance\.change|agents\.rollout)$/
      const stable = (state: Record<string, string> = {}) =>
        Object.fromEntries(Object.entries(state).filter(([name]) => !volatile.test(name)))
      assert.deepEqual(stable(await database.fingerprint()), stable(states.pop()), migration)
    }
  })
})

describe('rows written since', () => {
  it('go to the first predecessor and are counted when a batch is withdrawn, and none is lost', async () => {
    const database = await createDatabase(migrations)
    await database.query(`
      insert into agents.event (id, agent_id, topic, payload) select md5('since' || n)::uuid, 'logistics', 'since', '{}' from generate_series(1, 7) n;
      insert into agents.action (event_id, agent_id, outcome) select md5('since' || n)::uuid, 'logistics', 'answered' from generate_series(1, 7) n;
      insert into agents.knowledge (agent_id, topic, content) values ('social-media', 'new', 'learned since')`)
    for (const migration of [...migrations].reverse().slice(0, -1)) await database.down(migration)
    const given = await database.query(
      'select batch, relation, amount::int from agents.given_back order by batch, relation',
    )
    assert.deepEqual(given, [
      { batch: 110, relation: 'agents.knowledge', amount: 1 },
      { batch: 130, relation: 'agents.action', amount: 7 },
      { batch: 130, relation: 'agents.event', amount: 7 },
    ])
    await database.down('010-expand')
    const [found] = await database.query(`select
      (select count(*)::int from agents.agent) as agents,
      (select count(*)::int from agents.action where agent_id = 'fulfillment' and event_id in (select id from agents.event where topic = 'since')) as actions,
      (select agent_id from agents.knowledge where topic = 'new') as learned`)
    assert.deepEqual(found, { agents: 48, actions: 7, learned: 'facebook' })
    await database.drop()
  })
})

describe('finance', () => {
  let database: TestDatabase
  before(async () => (database = await createDatabase(beforeContract)))
  after(() => database.drop())

  it('attributes every paid purchase to the cent', async () => {
    const [sums] =
      await database.query(`select (select sum(total)::text from shop.purchase where paid_at is not null) as paid,
      (select sum(amount)::text from finance.transaction where kind = 'sale') as posted, (select sum(amount)::text from finance.attribution) as attributed,
      (select count(*)::int from finance.attribution) > (select count(*)::int from finance.transaction) as many`)
    assert.equal(sums?.['posted'], sums?.['paid'])
    assert.equal(sums?.['attributed'], sums?.['paid'])
    assert.equal(sums?.['many'], true)
  })

  it('divides 0.02 among three agents and 100.00 among seven without losing a cent', async () => {
    for (const [total, agents] of [
      ['0.02', 3],
      ['100.00', 7],
    ] as const) {
      const [purchase] = await database.query<{ id: string }>(
        'insert into shop.purchase (customer_id, total, paid_at) select id, $1, now() from shop.customer limit 1 returning id',
        [total],
      )
      await database.query(
        `with made as (insert into agents.event (id, agent_id, topic, purchase_id, payload)
          select gen_random_uuid(), id, 'sold', $1, '{}' from (select id from agents.agent order by id limit $2) a returning id, agent_id)
        insert into agents.action (event_id, agent_id, outcome) select id, agent_id, 'answered' from made`,
        [purchase?.id, agents],
      )
      await database.query('select finance.post_sales(), finance.attribute_sales()')
      const [parts] = await database.query(
        `select count(*)::int as parts, sum(a.amount)::text as sum, (max(a.amount) - min(a.amount))::text as spread
          from finance.attribution a join finance.transaction t on t.id = transaction_id where purchase_id = $1`,
        [purchase?.id],
      )
      assert.deepEqual(parts, { parts: agents, sum: total, spread: '0.01' })
    }
  })

  it('refuses a division whose parts are not the sale', async () => {
    await assert.rejects(
      database.query(
        'update finance.attribution set amount = amount + 0.01 where id = (select id from finance.attribution limit 1)',
      ),
      /are not its amount/,
    )
  })

  it('refuses to spend more than the budget, and warns at four fifths', async () => {
    const spend = (amount: string) =>
      database.query('select finance.spend($1, $2, $3)', ['sales', amount, 'a test'])
    await spend('8000.00')
    await assert.rejects(spend('2000.01'), /within_budget/)
    await assert.rejects(spend('0.001'), /whole cents/)
    const alerts = await database.query("select text from kpi.alert where what = 'budget'")
    assert.deepEqual(alerts, [{ text: 'sales has spent 80.0 % of 10000.00' }])
    assert.deepEqual(
      await database.query('select * from governance.reconciliation where difference <> 0'),
      [],
    )
  })
})

describe('governance', () => {
  it('has a row for each change, and notices one that left none', async () => {
    const database = await createDatabase(beforeContract)
    await database.query("update finance.budget set allocated = 9000 where department = 'product'")
    await database.query('insert into shop.customer (email) values ($1)', ['new@example.org'])
    await database.query('select governance.correct()')
    const [changes] = await database.query(`select
      (select count(*)::int from governance.change where relation = 'finance.budget' and operation = 'UPDATE' and before ->> 'allocated' = '10000.00'
        and after ->> 'allocated' = '9000.00') as budgets,
      (select count(*)::int from governance.change where relation = 'segments.customer' and operation = 'INSERT') as customers`)
    assert.deepEqual(changes, { budgets: 2, customers: 1 })
    assert.deepEqual(await database.query('select * from governance.unaudited'), [])
    await database.query(`alter table segments.customer disable trigger audited;
      delete from segments.customer where customer_id = (select id from shop.customer where email = 'new@example.org')`)
    assert.equal((await database.query('select * from governance.unaudited')).length, 1)
    await database.drop()
  })

  it('refreshes its views while somebody reads them', async () => {
    const database = await createDatabase(beforeContract)
    const reader = await createReader(database)
    await reader.query('begin; select * from performance.customer_journey_funnel')
    await database.query('insert into shop.customer (email) values ($1)', ['new@example.org'])
    await database.query("select segments.classify(); set lock_timeout = '2s'; select performance.refresh()")
    const count = "select customers::int from performance.customer_journey_funnel where stage = 'aware'"
    assert.deepEqual(await database.query(count), [{ customers: 16 }])
    // The test can fail: without concurrently, the reader is in the way.
    await assert.rejects(
      database.query('refresh materialized view performance.customer_journey_funnel'),
      /lock timeout/,
    )
    await reader.end()
    await database.drop()
  })
})

async function createReader({ url }: TestDatabase): Promise<pg.Client> {
  const reader = new pg.Client(url)
  await reader.connect()
  return reader
}
