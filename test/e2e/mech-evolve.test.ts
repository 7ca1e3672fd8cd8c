import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askMech, liveMech, openMechStage, releaseMech, writeToMech } from '../../testbed/mech.ts'
import type { MechFacts } from '../../testbed/mech.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, statusOf } from '../../testbed/watch-run.ts'

let stage: Stage
let facts: MechFacts
beforeAll(async () => {
  ;({ stage, facts } = await openMechStage())
})
afterAll(() => stage.close())

const release = (version: string, inputs: Record<string, string> = {}) =>
  releaseMech(stage, facts, { version, inputs })
const must = (script: string) => stage.testHost.must(script)
const startedAt = (container: string) => must(`docker inspect --format '{{.State.StartedAt}}' ${container}`)
const serving = async () => (await askMech(stage.testHost, facts, '/version')).release
const record = () => liveMech(stage.testHost)

/** The report on a run, and its line about a step. */
async function reportOn(run: string): Promise<{ report: string; lineOf: (step: string) => string }> {
  const file = join(stage.folder, `${run}.md`)
  expect((await stage.cli('report', run, '--markdown', file)).exitCode).toBe(0)
  const report = await readFile(file, 'utf8')
  const lines = report.split('\n')
  return { report, lineOf: (step) => lines.find((line) => line.startsWith(`| \`${step}\``)) ?? '' }
}

/** The roles of the source document. */
const ROLES = [
  'DockerArchitectMaster',
  'ContainerBuildWizard',
  'ContainerTestingSentinel',
  'ProductionDeploymentChampion',
  'IntegrationValidationGuardian',
]

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
    const knock =
      "docker port mech-base-db-1; bash -c '</dev/tcp/127.0.0.1/27017' 2> /dev/null || echo closed"
    expect(await must(knock)).toBe('closed')
    await askMech(stage.testHost, facts, '/api/agents', { id: 'before', name: 'Written to 1.0.0' })
  })

  it('reports digest, size, recovery, criteria and what was only stated; logs a line of each role', async () => {
    const { report, lineOf } = await reportOn('release-1-0-0')
    const digest = /sha256:[0-9a-f]{64}/.exec((await record()).previous)?.[0] ?? 'none'
    expect(lineOf('pushed')).toContain(digest)
    expect(lineOf('image')).toMatch(/: [\d.]+ MB, /)
    expect(lineOf('back')).toMatch(/served again at most \d+\.\d s after the crash/)
    const unproven = report.slice(report.indexOf('## What was not proven'))
    expect(unproven).toMatch(/\*\*claude-code\*\*: stated by a person: /)
    const [, checklist = ''] = /## The criteria of the gates\n([\s\S]*?)\n## /.exec(report) ?? []
    expect(checklist).toMatch(/\*\*The way back keeps the data\*\* \| observed \| `old-reads-new` observed: /)
    expect(checklist).toMatch(
      new RegExp(`is the one that was tested\\*\\* \\| proven \\| .pushed. proven: .*${digest}`),
    )
    // Each responsibility of the source.
    expect(report.match(/^\| \*\*.*\*\* \| (done|cleared) \|/gm)?.length).toBeGreaterThanOrEqual(30)

    const lines = (await stage.cli('logs', 'release-1-0-0')).stdout.split('\n')
    for (const line of lines)
      expect(line).toMatch(
        /^\[[^\]]+\] \[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\]: \[(STARTED|IN_PROGRESS|COMPLETED|BLOCKED|NEEDS_REVIEW)\] ./,
      )
    for (const role of ROLES)
      for (const status of ['STARTED', 'COMPLETED'])
        expect(
          lines.filter((line) => line.startsWith(`[${role}] `) && line.includes(`: [${status}] `)),
        ).not.toEqual([])
  })

  it('releases a second version under load without a failed request; database and proxy have run on', async () => {
    const { live, previous } = await record()
    const before = await Promise.all([startedAt('mech-base-db-1'), startedAt('mech-base-proxy-1')])
    const client = writeToMech(stage.testHost, facts)
    const id = await release('1.1.0', { live, previous })
    const { acknowledged, failed } = await client.stop()

    expect(failed).toEqual([])
    expect(acknowledged.length).toBeGreaterThan(100)
    expect(await serving()).toBe(id)
    expect((await reportOn(id)).lineOf('base')).toContain('nothing to do: ')
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
    const { live, previous } = await record()
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
