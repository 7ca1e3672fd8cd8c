import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askMech, layMech, writeToMech } from '../../testbed/mech.ts'
import type { MechFacts } from '../../testbed/mech.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, openDecision, statusOf } from '../../testbed/watch-run.ts'

let stage: Stage
let facts: MechFacts
beforeAll(async () => {
  stage = await openStage({ images: 'apps', ports: [443], alias: 'builder' })
  facts = await layMech(stage.testHost)
  await writeFile(join(stage.folder, 'mech.env'), 'MONGODB_URI=mongodb://db:27017/mech\n', { mode: 0o600 })
})
afterAll(() => stage.close())

/** Releases a version through the shipped plan; approves its gate and attests what it asks. */
async function release(version: string, inputs: Record<string, string> = {}) {
  const id = `release-${version.replaceAll('.', '-')}`
  const run = await stage.start('mech-evolve', { id, inputs: { ...facts.inputs, version, ...inputs } })
  for (const kind of ['gate', 'attest']) {
    const decision = await openDecision(run, 420)
    expect(decision.kind, decision.happened).toBe(kind)
    await decide(run, decision, 'approve', 'lead')
  }
  expect(await run.result()).toMatchObject({ state: 'done' })
  return id
}
const must = (script: string) => stage.testHost.must(script)
const startedAt = (container: string) => must(`docker inspect --format '{{.State.StartedAt}}' ${container}`)
const serving = async () => (await askMech(stage.testHost, facts, '/version')).release
/** The record of what is live, as inputs of the next release. */
const record = async () =>
  Object.fromEntries(
    [...(await must('cat /srv/mech/release.env')).matchAll(/^(\w+)=(.*)$/gm)].map(
      ([, name = '', value = '']) => [name.toLowerCase(), value],
    ),
  )

describe('releases of mech-evolve', { timeout: 600_000 }, () => {
  it('releases a first version, which serves through TLS from the published digest', async () => {
    const id = await release('1.0.0')
    expect(await serving()).toBe(id)
    expect(await must(`docker inspect --format '{{.Config.Image}}' mech-${id}-app-1`)).toMatch(
      /^127\.0\.0\.1:5000\/mech-evolve@sha256:[0-9a-f]{64}$/,
    )
    // Nothing of the ladder and the rehearsal is left.
    expect(
      await must(
        'docker ps -aq --filter name=ladder --filter name=rehearsal; docker volume ls -q | grep -E "ladder|rehearsal" || :; ls /srv',
      ),
    ).toBe('mech')
    await askMech(stage.testHost, facts, '/api/agents', { id: 'before', name: 'Written to 1.0.0' })
  })

  it('releases a second version under load without a failed request; database and proxy have run on', async () => {
    const { live = '', previous = '' } = await record()
    const before = await Promise.all([startedAt('mech-base-db-1'), startedAt('mech-base-proxy-1')])
    const client = writeToMech(stage.testHost, facts)
    const id = await release('1.1.0', { live, previous })
    const { acknowledged, failed } = await client.stop()

    expect(failed).toEqual([])
    expect(acknowledged.length).toBeGreaterThan(100)
    expect(await serving()).toBe(id)
    expect(await Promise.all([startedAt('mech-base-db-1'), startedAt('mech-base-proxy-1')])).toEqual(before)
    expect(await must(`docker inspect --format '{{.State.Status}}' ${live}-app-1`)).toBe('exited')
    expect((await askMech(stage.testHost, facts, '/api/agents/before')).status).toBe(200)
  })

  it('is rolled back under load without a failed request: the first digest serves, with every document written meanwhile', async () => {
    const client = writeToMech(stage.testHost, facts)
    const words = ['rollback', 'release-1-1-0', '--by', 'lead', '--reason', 'a test', '--detach']
    expect((await stage.cli(...words)).exitCode).toBe(0)
    const rollback = stage.client.workflow.getHandle('release-1-1-0/rollback')
    const question = async () => (await statusOf(rollback).catch(() => undefined))?.decisions[0]
    await expect.poll(async () => (await question())?.kind, { timeout: 60_000 }).toBe('rollback')
    const decision = await question()
    if (decision) await decide(rollback, decision, 'approve', 'lead')
    await rollback.result()
    const { acknowledged, failed } = await client.stop()
    expect(failed).toEqual([])
    expect(await serving()).toBe('release-1-0-0')
    const { live, previous = '' } = await record()
    expect(live).toBe('mech-release-1-0-0')
    expect(await must('docker inspect --format "{{.Config.Image}}" mech-release-1-0-0-app-1')).toBe(previous)
    const statuses = await Promise.all(
      ['before', ...acknowledged.filter((_, index) => index % 20 === 0)].map(
        async (id) => (await askMech(stage.testHost, facts, `/api/agents/${id}`)).status,
      ),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
  })
})
