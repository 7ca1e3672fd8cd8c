import { beforeAll, describe, expect, it } from 'vitest'
import { visit } from '../../testbed/vividwalls-visit.ts'
import { neighboursAreUntouched } from '../../testbed/vividwalls.ts'
import type { Fault } from '../../testbed/strike.ts'
import { runningIn } from '../../testbed/plan-phases.ts'
import { tellOfRunHitBy } from './vividwalls-hit.ts'
import type { HitRun } from './vividwalls-hit.ts'

// Each fault in each phase is in test/faults; here every phase is hit once.
const ALL: readonly Fault[] = ['worker', 'temporal', 'sshd']
const hitRun = tellOfRunHitBy((_, index) => ALL[index % ALL.length] ?? 'worker')

describe('after all faults', () => {
  let stage: HitRun['stage']
  let facts: HitRun['facts']
  let id: string
  beforeAll(() => {
    ;({ stage, facts, id } = hitRun())
  })
  const ask = (script: string) => stage.testHost.must(script)
  const live = (service: string) =>
    `$(docker ps -q --filter label=com.docker.compose.project=vividwalls-${id} --filter label=com.docker.compose.service=${service})`
  const volumeOf = (service: string) =>
    ask(`docker inspect --format '{{range .Mounts}}{{.Name}} {{end}}' ${live(service)}`)

  it('rows and checksums of the live project equal those of the backup', async () => {
    const get = async (url: string) => (await visit(stage.testHost, url)).text
    expect(await get(`${facts.urls.supabase}/rest/v1/summary`)).toBe(facts.supabase.summary)
    expect(await get(`${facts.urls.n8n}/rest/workflows`)).toBe(facts.n8n.summary)
  })

  it('the live containers mount the volumes that were copied', async () => {
    expect(await volumeOf('postgres')).toContain(`vividwalls_n8n_db_${id}`)
    expect(await volumeOf('supabase-db')).toContain(`vividwalls_supabase_db_${id}`)
  })

  it('/ still has mode 755, and ssh works', async () => {
    expect(await ask('stat -c %a /')).toBe('755')
    const { exitCode, stdout } = await stage.cli('preview', 'guestbook-restore', '--json')
    expect(stdout + exitCode).not.toContain('cannot be reached')
  })

  it('containers of other stacks were neither stopped nor started', async () => {
    expect(await neighboursAreUntouched(stage.testHost, facts)).toBe(true)
  })

  it('.env is readable by its owner only', async () => {
    expect(await ask('stat -c %a:%U /root/vivid_mas/.env')).toBe('600:root')
  })

  it('a probe found the marker of this run', async () => {
    const { headers } = await visit(stage.testHost, `${facts.urls.n8n}/healthz`)
    expect(headers['x-stack']).toBe(id)
    expect((await stage.cli('show', id)).stdout).toMatch(/live-answers .*with the expected X-Stack/)
  })

  it('the old directory is moved away and complete', async () => {
    expect(await ask(`cat /root/vivid_mas_DEPRECATED_${id}/docker-compose.yml`)).toContain('testbed/n8n:1')
    expect(await ask('ls -d /root/vivid_mas_build 2>&1 || true')).toContain('No such file')
  })

  it('the paths of the clean-up list are in quarantine', async () => {
    expect(await ask(`ls -d ${facts.legacy.free} 2>&1 || true`)).toContain('No such file')
    expect(
      await ask('ls -A -d /root/*/.hidden /root/.*/*/.hidden 2>/dev/null || find /root -name .hidden'),
    ).not.toBe('')
  })

  it('a rollback restores the old stack with its checksums', async () => {
    expect((await stage.cli('rollback', id, '--reason', 'a test')).exitCode).toBe(0)
    const ids = Object.entries(facts.oldContainers)
      .filter(([name]) => name !== facts.old.plainContainer)
      .map(([, container]) => container.id)
    expect(await runningIn(stage.testHost, facts.old.project)).toEqual(ids.toSorted())
    const summary = async () => (await visit(stage.testHost, `${facts.urls.n8n}/rest/workflows`)).text
    await expect.poll(() => summary().catch(() => ''), { timeout: 60_000 }).toBe(facts.broken.n8n.summary)
  })
})
