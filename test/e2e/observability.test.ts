import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { METRICS } from '../../src/workflows/metrics.ts'
import { freePorts } from '../../testbed/free-ports.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { searchFor } from '../../testbed/secrets-in.ts'
import { decide, failureOf, openDecision } from '../../testbed/watch-run.ts'

const CANARY = 'c4nary-Value+with/odd=characters'
/** The gauges are refreshed every 15 s. */
const REFRESHED = { timeout: 40_000, interval: 500 }

let stage: Stage
let address: string
let logged: readonly Readonly<Record<string, unknown>>[]

/** A run that copies a file, retries a step that prints a secret and fails, asks, and is rolled back. */
beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  address = `127.0.0.1:${port}`
  stage = await openStage({ quiet: true, environment: { REINSTATE_METRICS: address } })
  await stage.testHost.must('mkdir -p /srv/from && printf %s 12345 >/srv/from/file')
  const secrets = join(stage.folder, 'canary.env')
  await writeFile(secrets, `CANARY='${CANARY}'\n`, { mode: 0o600 })
  const run = await stage.start(await stage.plan('watched', planWith(secrets)), { id: 'watched' })
  const decision = await openDecision(run)
  await vi.waitFor(
    async () => expect(await valueOf('reinstate_decisions_open', { kind: 'failed-step' })).toBe(1),
    REFRESHED,
  )
  await decide(run, decision, 'rollback')
  await failureOf(run)
  await vi.waitFor(async () => expect((await lines()).map(({ msg }) => msg)).toContain('run ended'))
  logged = await lines()
}, 180_000)
afterAll(() => stage.close())

function planWith(secrets: string): string {
  return `
plan: watched
title: A watched run
hosts: [server]
secrets: { file: ${secrets}, require: [CANARY] }
phases:
  - phase: work
    steps:
      - { step: copied, kind: file-copy, from: /srv/from, to: /srv/to }
      - step: printed
        kind: command
        needs: [copied]
        attempts: 2
        backoff: 1 second
        idempotent: true
        environment: { TOKEN: "\${{ secrets.CANARY }}" }
        script: printf '%s\\n' "$TOKEN" >&2; printf %s "$TOKEN" | base64; exit 7
        cannotUndo: it only prints
        noProof: it only prints
`
}

/** What the worker has logged. */
async function lines(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await readFile(join(stage.folder, 'home', 'worker.log'), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
}

async function scraped(): Promise<string> {
  const answer = await fetch(`http://${address}/metrics`)
  return await answer.text()
}

/** The sum of the samples of a metric that have these labels; undefined if there is none. */
async function valueOf(name: string, labels: Readonly<Record<string, string>>): Promise<number | undefined> {
  const samples = (await scraped()).split('\n').filter((line) => {
    const isOfName = line.startsWith(`${name}{`) || line.startsWith(`${name} `)
    return isOfName && Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`))
  })
  return samples.length === 0
    ? undefined
    : samples.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

describe('the log of a worker', () => {
  it('has a line with run, phase, step, kind, host, attempt, queue, result and duration for each operation of a step', () => {
    const of = { run: 'watched', phase: 'work', host: 'server', taskQueue: 'reinstate-2', level: 'info' }
    const copied = { ...of, step: 'copied', kind: 'file-copy', attempt: 1, result: 'ok' }
    for (const msg of ['step inspected', 'step applied', 'step verified', 'step undone'])
      expect(logged).toContainEqual(
        expect.objectContaining({ ...copied, msg, seconds: expect.any(Number) as number }),
      )
    const printed = { ...of, step: 'printed', kind: 'command', level: 'warn', result: 'failed' }
    for (const attempt of [1, 2])
      expect(logged).toContainEqual(
        expect.objectContaining({ ...printed, msg: 'apply failed', attempt, type: 'CommandFailed' }),
      )
  })

  it('says that the worker is ready, and how the run starts, retries, waits, is answered and ends', () => {
    const said = logged.map(({ msg }) => msg)
    const course = [
      'worker ready',
      'run started',
      'step is attempted again',
      'decision asked',
      'run waits',
      'answer taken',
      'rollback started',
      'rollback ended',
      'run ended',
    ]
    for (const msg of course) expect(said).toContain(msg)
    expect(logged.find(({ msg }) => msg === 'run ended')).toMatchObject({
      ...{ run: 'watched', state: 'rolled-back', taskQueue: 'reinstate-2' },
    })
    // A replay, such as that of a query, would say it again.
    expect(said.filter((msg) => msg === 'decision asked')).toHaveLength(1)
  })

  it('holds no form of a secret that a failed command printed', async () => {
    const log = await readFile(join(stage.folder, 'home', 'worker.log'))
    expect(log.toString()).toContain('‹secret›')
    expect(searchFor({ CANARY }, 'CANARY')(log)).toEqual([])
    expect(searchFor({ CANARY }, 'CANARY')(Buffer.from(await scraped()))).toEqual([])
  })
})

describe('the metrics of a worker', () => {
  it('count steps by kind and result, retries, bytes, answers, requests and ended runs', async () => {
    const steps = (kind: string, result: string) => valueOf('reinstate_steps_total', { kind, result })
    expect(await steps('file-copy', 'done')).toBe(1)
    expect(await steps('file-copy', 'undone')).toBe(1)
    expect(await steps('command', 'failed')).toBe(1)
    expect(await steps('command', 'not-undone')).toBe(1)
    expect(await valueOf('reinstate_step_retries_total', { kind: 'command' })).toBe(1)
    expect(await valueOf('reinstate_bytes_copied_total', { kind: 'file-copy' })).toBe(5)
    expect(await valueOf('reinstate_answers_total', { kind: 'failed-step', result: 'taken' })).toBe(1)
    expect(await valueOf('reinstate_runs_ended_total', { what: 'run', state: 'rolled-back' })).toBe(1)
    expect(await valueOf('reinstate_runs_ended_total', { what: 'run', state: 'rollback-incomplete' })).toBe(0)
    expect(await valueOf('reinstate_host_connections_total', { host: 'server', result: 'made' })).toBe(1)
    expect(await valueOf('reinstate_host_requests_total', { host: 'server' })).toBeGreaterThan(5)
    const applied = { kind: 'file-copy', operation: 'apply', result: 'ok' }
    expect(await valueOf('reinstate_step_duration_seconds_count', applied)).toBe(1)
  })

  it('are all of the table in the code, with those of the SDK, and no label names a run or a step', async () => {
    const text = await scraped()
    for (const name of Object.keys(METRICS)) expect(text).toMatch(new RegExp(`^${name}(_bucket)?[{ ]`, 'm'))
    expect(text).toMatch(/^temporal_num_pollers\{/m)
    expect(text).not.toMatch(/="[^"]*(watched|copied|printed)/)
    const series = text
      .split('\n')
      .filter((line) => /^[a-z]/.test(line))
      .map((line) => line.replace(/ \S+$/, ''))
    expect(series).toEqual([...new Set(series)])
  })

  it('are the ones that the alert rules and the dashboard name', async () => {
    const text = await scraped()
    for (const file of ['alerts.yml', 'dashboard.json']) {
      const named = (await readFile(packageFolder('docs', 'monitoring', file), 'utf8')).match(NAME) ?? []
      expect(named.length).toBeGreaterThan(3)
      for (const name of new Set(named))
        expect(text, `${name} of ${file}`).toMatch(new RegExp(`^${name}[{ ]`, 'm'))
    }
  })
})

const NAME = /\b(?:reinstate|temporal)_[a-z_]+\b/g
