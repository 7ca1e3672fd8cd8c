// probe.js PROBE…: tries the service on 127.0.0.1 as its clients do. The last line says what was found. Exit status 1 if it is wrong.
import { randomUUID } from 'node:crypto'
import { openDatabase, Violation } from './database.ts'
import type { Database } from './database.ts'
import { createLog } from './log.ts'
import { readSettings } from './settings.ts'

interface Answer {
  readonly status: number
  // What the answer holds is known to who asks.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any
}

const settings = readSettings(process.env)

async function ask(path: string, send?: unknown): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${settings.port}${path}`, {
    signal: AbortSignal.timeout(20_000),
    ...(send !== undefined && {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(send),
    }),
  })
  const text = await response.text()
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json')
  return { status: response.status, body: isJson ? JSON.parse(text) : text }
}

/** Throws unless so. */
function must(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what)
}

const probes: Readonly<Record<string, (database: Database) => Promise<string>>> = {
  /** A hundred events to agents of the first day, each sent twice at the same time. */
  act: async (database) => {
    const addressees = ['facebook', 'email', 'inventory', 'pricing', 'seo']
    const sent = Array.from({ length: 100 }, (_, index) => ({
      id: randomUUID(),
      agent: addressees[index % addressees.length],
      topic: 'probe.act',
      payload: { index },
    }))
    const answers = await Promise.all(
      [...sent, ...sent].map(async (event) => await ask('/api/events', event)),
    )
    const wrong = answers.filter(({ status }) => status !== 201 && status !== 200)
    must(wrong.length === 0, `${wrong.length} of 200 were answered wrongly: ${JSON.stringify(wrong[0])}`)
    const [count] = await database.query<{ actions: number; agents: number; doubles: number }>(
      `select count(*)::int as actions, count(distinct agent_id)::int as agents,
        (select count(*)::int from agents.double_action where event_id = any($1)) as doubles
        from agents.action where event_id = any($1)`,
      [sent.map(({ id }) => id)],
    )
    must(count?.actions === 100 && count.doubles === 0, `100 events, ${JSON.stringify(count)}`)
    return `100 events were sent twice: 100 actions by ${count?.agents} agents, 0 double`
  },
  /** What is not as described is refused, and leaves no row. */
  'bad-input': async (database) => {
    const id = randomUUID()
    const good = { id, agent: 'seo', topic: 'probe.input', payload: {} }
    const bad = [
      { ...good, id: 'x' },
      { ...good, agent: 'No Such Agent' },
      { ...good, agent: 'no-such-agent' },
      { ...good, topic: 'Not A Topic' },
      { ...good, topic: '' },
      { ...good, payload: [] },
      { ...good, payload: undefined },
      { ...good, purchase: randomUUID() },
      { ...good, unknown: 1 },
      { ...good, payload: { long: 'x'.repeat(100_001) } },
    ]
    for (const one of bad) {
      const { status } = await ask('/api/events', one)
      must(status >= 400 && status < 500, `${JSON.stringify(one).slice(0, 200)}: ${status}`)
    }
    const rows = await database.query('select from agents.event where id = $1', [id])
    must(rows.length === 0, 'a refused event left a row')
    return `${bad.length} of ${bad.length} wrong events were refused and left no row`
  },
  /** More than a department has is not spent. */
  overspend: async (database) => {
    const sum = async () => await database.query('select sum(spent)::text as spent from finance.budget')
    const before = await sum()
    for (const amount of ['10000000.00', '0.001', '-1'])
      try {
        await database.query('select finance.spend($1, $2, $3)', ['marketing', amount, 'probe'])
        throw new Error(`${amount} was spent`)
      } catch (error) {
        if (!(error instanceof Violation)) throw error
      }
    must(
      JSON.stringify(await sum()) === JSON.stringify(before) && before.length === 1,
      'the sum that was spent has changed',
    )
    return '3 of 3 wrong expenses were refused: above the budget, below a cent, below zero'
  },
  /** Twenty buyers at once, and one copy. The edition is made for this and removed. */
  'last-copy': async (database) => {
    const [edition] = await database.query<{ id: string }>(
      `insert into business.edition (artwork, size, base_price, unit_cost, everybody_from)
        values ($1, 1, 100, 20, now()) returning id`,
      [`probe ${randomUUID()}`],
    )
    const id = edition?.id ?? ''
    try {
      const buyers = await database.query<{ id: string }>('select id from shop.customer order by id limit 20')
      const answers = await Promise.all(
        buyers.map(async (buyer) => await ask(`/api/editions/${id}/buy`, { customer: buyer.id })),
      )
      const [copies] = await database.query<{ n: number }>(
        'select count(*)::int as n from business.copy where edition_id = $1',
        [id],
      )
      const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length
      must(
        buyers.length === 20 && count(201) === 1 && count(409) === 19 && copies?.n === 1,
        `${count(201)} bought, ${count(409)} were refused, ${copies?.n} copies: ${JSON.stringify(answers[0])}`,
      )
      return '20 buyers at once, one last copy: 1 sold, 19 refused'
    } finally {
      await database.query('delete from business.copy where edition_id = $1', [id])
      await database.query('delete from business.edition where id = $1', [id])
    }
  },
  /** The reports that ended, and the page of key figures. */
  reports: async () => {
    const found: string[] = []
    for (const kind of ['daily', 'weekly', 'monthly']) {
      const { status, body } = await ask(`/api/reports/${kind}`)
      must(status === 200, `report ${kind}: ${status}`)
      found.push(`${kind} from ${body.starts_on}`)
    }
    const { status, body } = await ask('/dashboard')
    must(status === 200 && String(body).includes('<h2>Departments</h2>'), `the dashboard: ${status}`)
    return `${found.join(', ')}; the dashboard is served`
  },
  /** The second reader gets what the first one had computed. */
  cache: async () => {
    const hits = async () =>
      Number(/^agents_cache_hits_total (\d+)$/m.exec(String((await ask('/metrics')).body))?.[1])
    const { body } = await ask('/health')
    must(body.cache === 'there', `the cache is ${body.cache}`)
    await ask('/api/agents')
    const before = await hits()
    await ask('/api/agents')
    const after = await hits()
    must(after > before, `${after - before} hits`)
    return `the list of agents came from the cache; ${after} hits since the start`
  },
  /** Fewer than one answer in 1,000 is an error of the service. */
  errors: async () => {
    const { body } = await ask('/metrics')
    const value = (name: string) => Number(new RegExp(`^agents_${name} (\\d+)$`, 'm').exec(String(body))?.[1])
    const [requests, errors] = [value('http_requests_total'), value('http_errors_total')]
    must(requests > 0 && errors * 1000 < requests, `${errors} errors in ${requests} requests`)
    return `${errors} errors in ${requests} requests since the start: below 0.1 %`
  },
}

const log = createLog({})
const database = openDatabase(settings.databaseUrl, log)
try {
  for (const name of process.argv.slice(2)) {
    const probe = probes[name]
    if (probe === undefined)
      throw new Error(`there is no probe ${name}; probes: ${Object.keys(probes).join(', ')}`)
    console.log(`${name}: ${await probe(database)}`)
  }
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
} finally {
  await database.close()
}
