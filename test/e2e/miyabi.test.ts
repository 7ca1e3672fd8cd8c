import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorkflowHandle } from '@temporalio/client'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import {
  askForList,
  askMiyabi,
  definitionsOf,
  dumpsWith,
  layMiyabi,
  servingNow,
} from '../../testbed/miyabi.ts'
import type { MiyabiFacts } from '../../testbed/miyabi.ts'
import { notNamed } from '../../testbed/not-named.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { areBeside, isAfter, spansOfRun } from '../../testbed/step-spans.ts'
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
    definitions: await definitionsOf(stage.testHost),
  }
})
afterAll(() => stage.close())

const ID = 'miyabi-one'
const must = (script: string) => stage.testHost.must(script)
const blue = () => must("docker inspect --format '{{.Id}} {{.State.Status}}' miyabi-blue-api-1")
const NONE = { x: 0, width: 0 }
/** The bar of a step in the timeline, in pixels. @throws if it has none */
function barOf(picture: string, step: string): typeof NONE {
  const row = picture
    .split('<g class="rt-row rt-step">')
    .find((one) => one.includes(`<title>${step}</title>`))
  const [, x, width] =
    /<rect class="rt-bar[^"]*" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(row ?? '') ?? []
  if (x === undefined || width === undefined) throw new Error(`the timeline has no bar of ${step}`)
  return { x: Number(x), width: Number(width) }
}

function fail(): never {
  throw new Error('the step left no activity')
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
    expect(await servingNow(stage.testHost)).toMatchObject({ release: ID, serves: 'everything' })
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
    expect(standup).toContain('### Team: 100 % done')
    expect(standup).toMatch(/^- \*\*Done\*\* Worker 15: #987$/m)
    // The source's report of a worker: the issue, what was delivered, and the times of the history.
    const { from, to } = (await spansOfRun(stage.client, ID, ['database'])).get('database/rbac') ?? fail()
    const said = /^- \*\*Done\*\* `rbac` \(\\#975\): .* \((\S+ \S+) UTC, took (\S+) s\)$/m.exec(standup) ?? []
    expect(Math.abs(Date.parse(`${(said[1] ?? '').replace(' ', 'T')}Z`) - to)).toBeLessThan(2000)
    expect(Math.abs(Number(said[2]) * 1000 - (to - from))).toBeLessThan(2000)
    for (const secret of facts.secrets) expect(report + standup).not.toContain(secret)
  })

  it('ran #974 beside #975, and #976 and #978 after all their parents, by its history and by the timeline of its report', async () => {
    const spans = await spansOfRun(stage.client, ID, ['database', 'image', 'backend'])
    expect(areBeside(spans, 'database/organizations', 'database/rbac')).toBe(true)
    expect(areBeside(spans, 'backend/auth-api', 'backend/agent-api')).toBe(true)
    for (const [step, parents] of [
      ['database/jwt', ['database/base', 'database/rbac']],
      ['backend/organization-api', ['database/organizations', 'database/jwt', 'image/image']],
    ] as const)
      for (const parent of parents) expect(isAfter(spans, step, parent), `${step}, ${parent}`).toBe(true)

    const picture = await readFile(join(stage.folder, 'report.svg'), 'utf8')
    const [organizations, rbac, base] = ['organizations', 'rbac', 'base'].map((step) => barOf(picture, step))
    const shared = (one = NONE, other = NONE) =>
      Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
    expect(shared(organizations, rbac)).toBeGreaterThan(1)
    expect(shared(base, rbac)).toBeLessThan(1)
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
    expect(await servingNow(stage.testHost)).toMatchObject({ release: 'blue', serves: 'list' })
    expect(await blue()).toBe(before.blue)
    expect(await definitionsOf(stage.testHost)).toBe(before.definitions)
    const run = stage.client.workflow.getHandle(ID)
    // What the clears of the run kept is named by the run.
    const leftovers = [...(await statusOf(run)).leftovers, ...(await statusOf(rollback)).leftovers]
    const named = leftovers.map(({ what, why }) => `${what}: ${why}`).join('\n')
    expect(await dumpsWith(stage.testHost, named, 'ann@example.org'), named).toBe(1)
    expect(notNamed(diffFingerprints(before.fingerprint, await stateOf(stage.testHost)), named)).toEqual([])
  })
})
