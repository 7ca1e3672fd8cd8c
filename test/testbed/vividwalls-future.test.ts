import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHost } from '../../testbed/test-host.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { accountFor } from '../../testbed/vividwalls-accounts.ts'
import { readBlueprint } from '../../testbed/vividwalls-blueprint.ts'
import { writingClient } from '../../testbed/vividwalls-client.ts'
import { blueprintEnvironment, serveFromBackup } from '../../testbed/vividwalls-serve.ts'
import { visit } from '../../testbed/vividwalls-visit.ts'
import { layVividwalls, VIVIDWALLS_PORTS } from '../../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../../testbed/vividwalls.ts'

let testHost: TestHost
let facts: VividwallsFacts
let environment: Readonly<Record<string, string>>
beforeAll(async () => {
  testHost = await startTestHost({ name: 'vividwalls-future', ports: VIVIDWALLS_PORTS })
  facts = await layVividwalls(testHost)
  environment = blueprintEnvironment(facts, 'run-1')
  await serveFromBackup(testHost, facts, 'run-1')
})
afterAll(() => testHost.remove())

const n8n = (path: string) => facts.urls.n8n + path
const supabase = (path: string) => facts.urls.supabase + path
const NEW = { port: 18_443 }
const environmentOf = async (container: string): Promise<readonly string[]> =>
  JSON.parse(await testHost.must(`docker inspect --format '{{json .Config.Env}}' ${container}`)) as string[]

describe('the future state', () => {
  it('has all that its blueprint lists', async () => {
    const { files, directories, services, urls } = await readBlueprint()
    const there = await testHost.must('cd /root/vivid_mas_build && find . -type f -o -type d | cut -c 3-')
    expect(there.split('\n')).toEqual(expect.arrayContaining([...files]))
    expect(directories).toContain('n8n/backup')
    const running = await testHost.must(
      'cd /root/vivid_mas_build && docker compose -p vividwalls-check ps --services',
      {
        env: environment,
      },
    )
    expect(running.split('\n').toSorted()).toEqual([...services].toSorted())
    for (const { host, path, status } of urls) {
      const name = host === '' ? facts.domain : `${host}.${facts.domain}`
      const answer = await visit(testHost, `https://${name}${path}`, NEW)
      expect(answer.status).toBe(status)
      expect(answer.headers['x-stack']).toBe('run-1')
    }
  })

  it('serves the rows and credentials of the backup, each secret as it is, and no schedule', async () => {
    expect((await visit(testHost, n8n('/rest/workflows'), NEW)).text).toBe(facts.n8n.summary)
    expect((await visit(testHost, n8n('/rest/credentials'), NEW)).text).toBe(facts.n8n.credentials)
    expect((await visit(testHost, supabase('/rest/v1/summary'), NEW)).text).toBe(facts.supabase.summary)
    expect((await visit(testHost, n8n('/rest/schedules'), NEW)).text).toBe(
      '{"schedules": "off", "runs": 0, "stack": "run-1"}',
    )
    const { JWT_SECRET, SMTP_PASSWORD } = facts.secrets
    expect(await environmentOf('vividwalls-check-supabase-1')).toContain(`PGRST_JWT_SECRET=${JWT_SECRET}`)
    expect(await environmentOf('vividwalls-check-n8n-1')).toContain(`N8N_SMTP_PASS=${SMTP_PASSWORD}`)
  })

  it('cannot read a credential with another key, and says so', async () => {
    await testHost.must(`${OTHER_N8N} -e DB_POSTGRESDB_DATABASE=n8n testbed/n8n:1`, { env: environment })
    expect(await askOther('/rest/credentials')).toBe('{"readable": 0, "unreadable": 6}')
    expect(await askOther('/healthz')).toContain('6 credentials cannot be decrypted')
    await testHost.must('docker rm -f other-n8n')
  })

  it('is green and empty on a database that is new', async () => {
    await testHost.must('docker exec -u postgres vividwalls-check-postgres-1 createdb empty')
    await testHost.must(`${OTHER_N8N} -e DB_POSTGRESDB_DATABASE=empty testbed/n8n:1`, { env: environment })
    expect(await askOther('/healthz')).toBe('{"status": "ok"}')
    expect(await askOther('/rest/workflows')).toContain('{"workflows": 0, "rows": 0')
    await testHost.must('docker rm -f other-n8n')
  })

  it('is asked by a client that writes all the time, of which every write can be accounted for', async () => {
    const clients = [
      writingClient(testHost, n8n('/webhook/orders')),
      writingClient(testHost, n8n('/webhook/orders'), NEW),
      writingClient(testHost, supabase('/rest/v1/products'), NEW),
    ]
    await testHost.must('sleep 2')
    const [old, fresh, products] = await Promise.all(clients.map((client) => client.stop()))
    if (!old || !fresh || !products) throw new TypeError('a client did not stop')
    expect(old.acknowledged.length).toBeGreaterThan(5)
    expect([old, fresh, products].flatMap(({ refused, unanswered }) => [...refused, ...unanswered])).toEqual(
      [],
    )
    expect(new Set(old.acknowledged.map(({ stack }) => stack))).toEqual(
      new Set([facts.oldContainers['vivid_mas-n8n-1']?.id.slice(0, 12)]),
    )
    expect(new Set(fresh.acknowledged.map(({ stack }) => stack))).toEqual(new Set(['run-1']))

    const all = [old, fresh, products].flatMap(({ acknowledged }) => acknowledged)
    await testHost.must('cd /root/vivid_mas_build && docker compose -p vividwalls-check down', {
      env: environment,
    })
    const places = {
      old: { volume: facts.old.volumes.n8n, of: 'n8n' },
      fresh: { volume: 'vividwalls_n8n_db', of: 'n8n' },
      products: { volume: 'vividwalls_supabase_db', of: 'supabase' },
    } as const
    const account = await accountFor(testHost, all, places)
    expect(account.lost).toEqual([])
    expect(account.found).toEqual({
      old: old.acknowledged,
      fresh: fresh.acknowledged,
      products: products.acknowledged,
    })
    const { old: oldPlace } = places
    expect((await accountFor(testHost, all, { oldPlace })).lost).toEqual([
      ...fresh.acknowledged,
      ...products.acknowledged,
    ])
    const copies = 'docker ps -aq --filter name=testbed-copy; docker volume ls -q --filter name=testbed-copy'
    expect(await testHost.must(copies)).toBe('')
  })
})

/** Beside the new one, on its database server; with no secret but that server's password. */
const OTHER_N8N =
  'docker run -d --name other-n8n --network vividwalls-check_default -e DB_POSTGRESDB_HOST=postgres ' +
  '-e DB_POSTGRESDB_PASSWORD="$POSTGRES_PASSWORD" -e N8N_ENCRYPTION_KEY=another'

async function askOther(path: string): Promise<string> {
  const address =
    "docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' other-n8n"
  // Its tables may still be on their way: asked until the database has them.
  const script = `until curl -s "http://$(${address}):5678$ASKED" >/tmp/said && ! grep -q 'does not exist' /tmp/said; do sleep 0.1; done; cat /tmp/said`
  return await testHost.must(script, { env: { ASKED: path }, timeoutSeconds: 30 })
}
