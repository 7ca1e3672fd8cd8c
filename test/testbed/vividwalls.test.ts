import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseEnvFile } from '../../src/plan/files/read-secrets.ts'
import { startTestHost } from '../../testbed/test-host.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { queryVolume } from '../../testbed/vividwalls-accounts.ts'
import { flipByteInBackup } from '../../testbed/vividwalls-backup.ts'
import { visit } from '../../testbed/vividwalls-visit.ts'
import { layVividwalls, neighboursAreUntouched, VIVIDWALLS_PORTS } from '../../testbed/vividwalls.ts'
import type { VividwallsFacts } from '../../testbed/vividwalls.ts'

let testHost: TestHost
let facts: VividwallsFacts
beforeAll(async () => {
  testHost = await startTestHost({ name: 'vividwalls', ports: VIVIDWALLS_PORTS })
  facts = await layVividwalls(testHost)
})
afterAll(() => testHost.remove())

const n8n = (path: string) => facts.urls.n8n + path
const supabase = (path: string) => facts.urls.supabase + path
const environmentOf = async (container: string): Promise<readonly string[]> =>
  JSON.parse(await testHost.must(`docker inspect --format '{{json .Config.Env}}' ${container}`)) as string[]

describe('the old stack', () => {
  it('answers, and is wrong: rows lost, credentials unreadable, Supabase behind a 502', async () => {
    expect(await visit(testHost, n8n('/healthz'))).toMatchObject({
      status: 503,
      text: '{"status": "error", "reason": "2 credentials cannot be decrypted"}',
    })
    expect((await visit(testHost, n8n('/rest/workflows'))).text).toBe(facts.broken.n8n.summary)
    expect((await visit(testHost, n8n('/rest/credentials'))).text).toBe(facts.broken.n8n.credentials)
    expect((await visit(testHost, supabase('/health'))).status).toBe(502)
    const address = "docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'"
    const summary = await testHost.must(
      `curl -sf "http://$(${address} vivid_mas-supabase-1):3000/rest/v1/summary"`,
    )
    expect(summary).toBe(facts.broken.supabase.summary)
  })

  it('runs its schedules', async () => {
    const runs = () =>
      queryVolume(testHost, facts.old.volumes.n8n, {
        database: 'n8n',
        sql: 'select count(*), min(stack) from scheduled_runs',
      })
    const stack = facts.oldContainers['vivid_mas-n8n-1']?.id.slice(0, 12)
    const [before = ''] = await runs()
    await expect.poll(async () => (await runs())[0], { timeout: 20_000 }).not.toBe(before)
    expect((await runs())[0]).toContain(`|${stack}`)
  })

  it('has a plain container, bind mounts, volumes of its project, and restarts what ends', async () => {
    expect(Object.keys(facts.oldContainers).toSorted()).toEqual([
      ...['caddy', 'n8n', 'postgres', 'supabase', 'supabase-db'].map((name) => `vivid_mas-${name}-1`),
      'vivid_mcp_server',
    ])
    const format = '{{.Name}} {{.HostConfig.RestartPolicy.Name}}'
    const policies = await testHost.must(
      `docker inspect --format '${format}' vivid_mas-caddy-1 vivid_mas-n8n-1 vivid_mcp_server`,
    )
    expect(policies).toBe(
      '/vivid_mas-caddy-1 always\n/vivid_mas-n8n-1 unless-stopped\n/vivid_mcp_server always',
    )
    const mounts = await testHost.must(
      "docker inspect --format '{{range .Mounts}}{{.Type}} {{or .Name .Source}}\n{{end}}' vivid_mas-supabase-db-1 | sort",
    )
    expect(mounts.trim()).toBe(`bind ${facts.old.supabaseBind}\nvolume ${facts.old.volumes.supabase}`)
  })

  it('keeps each secret in one place, as people do', async () => {
    expect(await testHost.must('stat -c %a /root/vivid_mas/.env')).toBe('644')
    const dotEnv = parseEnvFile(await testHost.must('cat /root/vivid_mas/.env')).entries
    const found: Record<string, string | undefined> = {}
    for (const name of facts.secretsIn.dotEnv) found[name] = dotEnv.get(name)
    for (const [name, container] of Object.entries(facts.secretsIn.containers)) {
      const line = (await environmentOf(container)).find((entry) => entry.startsWith(`${name}=`))
      found[name] = line?.slice(name.length + 1)
    }
    const handedOver = parseEnvFile(facts.credentials).entries
    for (const name of facts.secretsIn.handedOver) found[name] = handedOver.get(name)
    expect(found).toEqual(facts.secrets)
    expect(Object.fromEntries(parseEnvFile(facts.masterEnv).entries)).toEqual(facts.secrets)
  })
})

describe('the backup', () => {
  it('was shut down cleanly, with sums in its pages; one of the two volumes has a manifest', async () => {
    expect(await testHost.must('cd /backup && sha256sum --quiet -c MANIFEST.sha256 && echo good')).toBe(
      'good',
    )
    expect(await testHost.must('grep -vc "  n8n_vol/" /backup/MANIFEST.sha256 || true')).toBe('0')
    for (const folder of [facts.backup.n8nVolume, facts.backup.supabaseVolume]) {
      expect(await controlOf(folder)).toMatch(/shut down\n[^]*Data page checksum version: +1/)
      expect((await checksums(folder)).exitCode).toBe(0)
    }
  })

  it('can be had with one byte that is another, which its sums and its manifest find', async () => {
    const { folder, file } = await flipByteInBackup(testHost, facts)
    const { stdout } = await testHost.exec(`cd ${folder} && sha256sum --quiet -c MANIFEST.sha256`)
    expect(`${folder}/${stdout}`).toBe(`${file}: FAILED\n`)
    const { exitCode, stderr } = await checksums(`${folder}/n8n_vol`)
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(facts.ordersFile),
    })
    await testHost.must(`rm -r ${folder}`)
  })
})

describe('the neighbours', () => {
  it('are known again, and a restart of one is seen', async () => {
    expect(await neighboursAreUntouched(testHost, facts)).toBe(true)
    await testHost.must('docker restart neighbour_files')
    expect(await neighboursAreUntouched(testHost, facts)).toBe(false)
  })
})

describe('what a clean-up finds', () => {
  it('is referred to in every way but one', async () => {
    const { bindMounted, inCrontab, linkedTo, withBackup, free } = facts.legacy
    const sources = await testHost.must(
      "docker inspect --format '{{range .Mounts}}{{println .Source}}{{end}}' $(docker ps -aq)",
    )
    expect(sources).toContain(`${bindMounted}/`)
    expect(await testHost.must('cat /etc/cron.d/vivid')).toContain(`${inCrontab}/`)
    expect(await testHost.must('readlink /root/site')).toContain(`${linkedTo}/`)
    expect(facts.backup.n8nExport).toContain(`${withBackup}/`)
    expect(sources).not.toContain(free)
    expect(await testHost.must(`ls -A ${free}`)).toBe('.hidden\ndata')
  })
})

async function controlOf(folder: string): Promise<string> {
  return await testHost.must(
    `docker run --rm --network none -v ${folder}:/backup:ro testbed/postgres:17 pg_controldata /backup`,
  )
}

async function checksums(folder: string) {
  return await testHost.exec(
    `docker run --rm --network none -u 999 -v ${folder}:/backup:ro testbed/postgres:17 pg_checksums --check -D /backup`,
  )
}
