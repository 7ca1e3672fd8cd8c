import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createDatabase, downOf, migrations, upOf } from './database.ts'
import type { TestDatabase } from './database.ts'
import { runScript, startService } from './service.ts'

let database: TestDatabase
before(async () => (database = await createDatabase()))
after(() => database.drop())

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return String(port)
}

describe('server.js', () => {
  it('serves until SIGTERM; the health check, smoke and e2e pass', async () => {
    const variables = { DATABASE_URL: database.url, PORT: await freePort(), RELEASE: 'run-1' }
    const { child, end } = runScript('server', [], variables)
    const health = () => runScript('healthcheck', [], variables).end
    for (let tries = 0; (await health()).exitCode !== 0; tries += 1) {
      assert.ok(tries < 200 && child.exitCode === null, (await health()).output)
      await wait(100)
    }
    for (const [script, words] of [
      ['smoke', []],
      ['e2e', ['all', `http://127.0.0.1:${variables.PORT}`]],
    ] as const) {
      const { exitCode, output } = await runScript(script, words, variables).end
      assert.equal(exitCode, 0, output)
      assert.match(output, /: (\d+) of \1 answers are as documented\n$/)
    }
    // What e2e made is gone.
    const [left] = await database.query(
      "select count(*)::int as n from public.users where email like '%e2e%'",
    )
    assert.deepEqual(left, { n: 0 })
    child.kill('SIGTERM')
    const { exitCode, output } = await end
    assert.equal(exitCode, 0, output)
    assert.match(output, /"message":"stopped"/)
  })

  it('names every wrong setting and does not start; nor on a port that is taken', async () => {
    const wrong = await runScript('server', [], { PORT: 'x' }).end
    assert.equal(wrong.exitCode, 1)
    assert.match(wrong.output, /DATABASE_URL is missing or wrong.*\n.*PORT is missing or wrong/)
    const service = await startService(database.url)
    const taken = { DATABASE_URL: database.url, PORT: new URL(service.url).port }
    const { exitCode, output } = await runScript('server', [], taken).end
    assert.equal(exitCode, 1, output)
    assert.match(output, /cannot listen/)
    await service.close()
  })

  it('is found wrong by smoke and by e2e where it is away', async () => {
    const port = await freePort()
    const variables = { DATABASE_URL: database.url, PORT: port }
    for (const [script, words] of [
      ['smoke', []],
      ['e2e', ['agents']],
      ['e2e', ['unknown']],
      ['healthcheck', []],
    ] as const)
      assert.equal((await runScript(script, words, variables).end).exitCode, 1, script)
  })
})

describe('a database that does not answer', () => {
  it('is 503, and 200 again once it answers', async () => {
    const service = await startService('postgres://miyabi_app:x@127.0.0.1:1/away')
    const response = await fetch(`${service.url}/health`)
    assert.equal(response.status, 503)
    assert.equal(response.headers.get('Retry-After'), '5')
    assert.match(service.log.join('\n'), /the database does not answer/)
    await service.close()
  })
})

describe('the schema from before', () => {
  it('is enough for the list and the page; the same program serves on after every migration', async () => {
    const old = await createDatabase([])
    const service = await startService(old.url, { SERVES: 'list' })
    const list = async () => {
      const response = await fetch(`${service.url}/api/organizations`)
      const { organizations } = (await response.json()) as { organizations: object[] }
      return organizations.length
    }
    assert.equal(await list(), 20)
    assert.match(await (await fetch(service.url)).text(), /20 organizations/)
    for (const migration of migrations) {
      await old.query(upOf(migration))
      assert.equal(await list(), 20, migration)
    }
    assert.equal((await fetch(`${service.url}/api/auth/me`)).status, 404)
    await old.query("delete from public.page_cache where path = '/'")
    assert.equal((await fetch(service.url)).status, 404)
    await service.close()
    await old.drop()
  })

  it('is there again after every migration went down, 900-contract too', async () => {
    const old = await createDatabase([])
    const definitions = () =>
      old.query(`select table_schema, table_name, column_name, data_type from information_schema.columns
        where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2, ordinal_position`)
    const before = await definitions()
    const all = [...migrations, '900-contract']
    for (const migration of all) await old.query(upOf(migration))
    for (const migration of all.reverse()) await old.query(downOf(migration))
    assert.deepEqual(await definitions(), before)
    await old.drop()
  })
})
