import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { layGuestbook } from '../../testbed/guestbook.ts'
import type { GuestbookFacts } from '../../testbed/guestbook.ts'
import { guestbookInputs } from './guestbook-plan.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { decide, openDecision } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'

let stage: Stage
let facts: GuestbookFacts
let before: string
beforeAll(async () => {
  stage = await openStage()
  facts = await layGuestbook(stage.testHost)
  before = await fingerprint(stage.testHost)
})
afterAll(() => stage.close())

const get = async (path: string) =>
  (await stage.testHost.exec(`curl -s --max-time 5 http://127.0.0.1:8080${path}`)).stdout
const startedAt = async (project: string) =>
  (
    await stage.testHost.exec(
      `docker ps -aq --filter label=com.docker.compose.project=${project} | xargs docker inspect -f '{{.Id}} {{.State.StartedAt}}'`,
    )
  ).stdout

describe('the guestbook, broken, with its backup and a neighbour', () => {
  it('is restored: it serves the rows of the backup, and nothing else on the host has changed', async () => {
    const neighbour = await startedAt('neighbour')
    expect(await get('/api/entries/summary')).not.toContain(facts.sum)

    const run = await stage.start('guestbook-restore', {
      id: 'guestbook',
      inputs: await guestbookInputs(stage, facts),
    })
    const gate = await openDecision(run, 120)
    expect(gate.shows.join('\n')).toMatch(/Stop the old guestbook/)
    expect(gate.shows.join('\n')).toMatch(/database \(proven\): .*sha256/)
    expect(await get('/api/entries/summary')).not.toContain(facts.sum)
    await decide(run, gate, 'approve')
    expect(await run.result()).toMatchObject({ state: 'done' })

    expect(await get('/api/entries/summary')).toContain(facts.sum)
    expect(await startedAt('neighbour')).toBe(neighbour)
    const changed = diffFingerprints(before, await fingerprint(stage.testHost))
    expect(changed.filter((line) => !line.includes('guestbook'))).toEqual([])
    expect(changed.filter((line) => line.includes('/backup/'))).toEqual([])
  })

  it('accepts writes and is rolled back; every row is kept', async () => {
    const written = await stage.testHost.exec(
      'for n in $(seq 20); do curl -sf -d "after the cutover $n" http://127.0.0.1:8080/api/entries || exit 1; done',
    )
    expect(written.exitCode).toBe(0)
    const { exitCode, stdout, stderr } = await stage.cli('rollback', 'guestbook', '--reason', 'a test')
    expect(exitCode).toBe(0)
    expect(stdout + stderr).toContain('guestbook_db_guestbook')

    // The old stack serves again, from the same containers; the new rows are where it was said.
    expect(await get('/api/entries/summary')).toContain(`"rows": ${facts.brokenRows}`)
    const kept = await stage.testHost.exec(
      `docker run --rm -v guestbook_db_guestbook:/var/lib/postgresql/data --user postgres --entrypoint sh testbed/postgres:17 -c '
        PATH=$PATH:/usr/lib/postgresql/17/bin; pg_ctl -w -D /var/lib/postgresql/data start >/dev/null
        psql -tA -d guestbook -c "select count(*) from entries"; pg_ctl -w -D /var/lib/postgresql/data stop >/dev/null'`,
    )
    expect(kept.stdout.trim().split('\n').at(-1)).toBe(String(facts.rows + 20))

    const left = diffFingerprints(before, await fingerprint(stage.testHost))
    // A saved image holds what the new containers wrote outside volumes.
    expect(left.filter((line) => !/guestbook_db_guestbook|reinstate-kept\//.test(line))).toEqual([])
  })
})
