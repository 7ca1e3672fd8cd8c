import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorkflowHandle } from '@temporalio/client'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { askForList, askMiyabi, layMiyabi } from '../../testbed/miyabi.ts'
import type { MiyabiFacts } from '../../testbed/miyabi.ts'
import { notNamed } from '../../testbed/not-named.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { decide, statusOf } from '../../testbed/watch-run.ts'

/** A finished backup stays. */
const stateOf = (testHost: TestHost) => fingerprint(testHost, { exclude: ['/backup/miyabi'] })

let stage: Stage
let facts: MiyabiFacts
let before: { readonly fingerprint: string; readonly blue: string; readonly definitions: string }
beforeAll(async () => {
  stage = await openStage({ images: 'apps', ports: [8080] })
  facts = await layMiyabi(stage)
  before = {
    fingerprint: await stateOf(stage.testHost),
    blue: await blue(),
    definitions: await definitions(),
  }
})
afterAll(() => stage.close())

const ID = 'miyabi-one'
const must = (script: string) => stage.testHost.must(script)
const blue = () => must("docker inspect --format '{{.Id}} {{.State.Status}}' miyabi-blue-api-1")
const definitions = () =>
  must(
    'docker exec miyabi-db-1 pg_dump -s -U postgres miyabi | grep -v "^.\\\\\\(un\\)\\?restrict" | sha256sum',
  )
const serving = async () => {
  const response = await fetch(`http://127.0.0.1:${stage.testHost.httpPort(8080)}/version`)
  return (await response.json()) as { release: string; serves: string }
}

/** Two people approve all that a run asks, one after the other. Returns the decisions, in order. */
async function approveByTwo(
  run: WorkflowHandle,
  minutes: number,
  before: (decision: string) => void = () => undefined,
): Promise<readonly string[]> {
  const answered: string[] = []
  const deadline = Date.now() + minutes * 60_000
  while (Date.now() < deadline) {
    if ((await run.describe()).status.name !== 'RUNNING') return answered
    for (const decision of (await statusOf(run).catch(() => undefined))?.decisions ?? []) {
      if (!decision.choices.some(({ choice }) => choice === 'approve'))
        throw new Error(
          `nobody foresaw ${decision.decision}: ${decision.title}\n${decision.happened}\n${decision.shows.join('\n')}`,
        )
      answered.push(decision.decision)
      before(decision.decision)
      await decide(run, decision, 'approve', 'lead')
      if (decision.kind !== 'attest') await decide(run, decision, 'approve', 'on-call')
    }
    await wait(200)
  }
  throw new Error(`${run.workflowId} did not end: ${JSON.stringify(await statusOf(run), null, 1)}`)
}

describe('the reconstruction of Miyabi', { timeout: 1_800_000 }, () => {
  it('is proven on a copy, behind gates of two people, and switched under load without a failed request', async () => {
    const run = await stage.start('miyabi-reconstruction', { id: ID, inputs: facts.inputs })
    let client: ReturnType<typeof askForList> | undefined
    const decisions = await approveByTwo(run, 27, (decision) => {
      if (decision === 'gate/switch') client = askForList(stage.testHost)
    })
    expect(await run.result()).toMatchObject({ state: 'done' })
    if (!client) throw new Error('nobody asked during the switch')
    const { asked, failed } = await client.stop()
    expect(failed).toEqual([])
    expect(asked).toBeGreaterThan(500)
    expect(decisions.filter((decision) => decision.startsWith('gate/'))).toEqual([
      'gate/backup',
      'gate/backend',
      'gate/frontend',
      'gate/production-database',
      'gate/switch',
      'gate/contract',
    ])
    expect(await serving()).toMatchObject({ release: ID, serves: 'everything' })
    expect(await blue()).toBe(before.blue.replace('running', 'exited'))
    expect(await askMiyabi(stage.testHost, 'select count(*) from archive.page_cache')).toBe('1')
    // Nothing of the copy and of the rehearsals is left, and no account of e2e.
    expect(await askMiyabi(stage.testHost, 'select count(*) from public.users')).toBe('0')
    expect(
      await must(
        'docker ps -aq --filter name=staging --filter name=rehearsal; docker volume ls -q | grep -E "staging|rehearsal" || :; ls /srv',
      ),
    ).toBe(`miyabi\nmiyabi-blue\nmiyabi-${ID}`)
  })

  it('reports each issue of the source with its evidence, what ran side by side, and what was only stated', async () => {
    const file = join(stage.folder, 'report.md')
    expect((await stage.cli('report', ID, '--markdown', file)).exitCode).toBe(0)
    const report = await readFile(file, 'utf8')
    const numbers = [
      970,
      ...Array.from({ length: 5 }, (_, n) => 972 + n),
      ...Array.from({ length: 15 }, (_, n) => 978 + n),
    ]
    for (const number of numbers)
      expect(report).toMatch(new RegExp(`^\\| \\*\\*\\\\?#${number}\\b.*\\| (done|cleared) \\|`, 'm'))
    expect(report).toMatch(/backend \d+\.\d % of \d+ lines \(90 % are required\); pages /)
    expect(report).toMatch(/e2e auth: (\d+) of \1 answers are as documented/)
    const standup = (await stage.cli('report', ID, '--standup')).stdout
    expect(standup).toContain('100 %')
    for (const secret of facts.secrets) expect(report + standup).not.toContain(secret)
  })

  it('is rolled back under load without a failed request: blue serves on the schema from before, and green’s rows are in a named dump', async () => {
    const url = `http://127.0.0.1:${stage.testHost.httpPort(8080)}/api/auth/sign-up`
    const account = { email: 'ann@example.org', name: 'Ann', password: 'correct horse battery' }
    const headers = { 'Content-Type': 'application/json' }
    const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(account) })
    expect(status).toBe(201)

    const client = askForList(stage.testHost)
    const words = ['rollback', ID, '--by', 'lead', '--reason', 'a test', '--detach']
    expect((await stage.cli(...words)).exitCode).toBe(0)
    const rollback = stage.client.workflow.getHandle(`${ID}/rollback`)
    await approveByTwo(rollback, 10)
    await rollback.result()
    const { failed } = await client.stop()
    expect(failed).toEqual([])
    expect(await serving()).toMatchObject({ release: 'blue', serves: 'list' })
    expect(await blue()).toBe(before.blue)
    expect(await definitions()).toBe(before.definitions)
    const run = stage.client.workflow.getHandle(ID)
    // What the clears of the run kept is named by the run.
    const leftovers = [...(await statusOf(run)).leftovers, ...(await statusOf(rollback)).leftovers]
    const named = leftovers.map(({ what, why }) => `${what}: ${why}`).join('\n')
    const dumps = named.match(/\/\S+\.dump/g) ?? []
    const counts = await Promise.all(
      dumps.map((dump) =>
        must(`docker exec -i miyabi-db-1 pg_restore -a -f - < ${dump} | grep -c ann@example.org || :`),
      ),
    )
    expect(counts, named).toContain('1')
    expect(notNamed(diffFingerprints(before.fingerprint, await stateOf(stage.testHost)), named)).toEqual([])
  })
})
