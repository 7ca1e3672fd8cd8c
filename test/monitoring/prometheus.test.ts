import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { freePorts } from '../../testbed/free-ports.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, openDecision } from '../../testbed/watch-run.ts'

const FOLDER = packageFolder('docs', 'monitoring')
const SOON = { timeout: 90_000, interval: 500 }

let stage: Stage
let prometheus: ChildProcess
let url: string

beforeAll(async () => {
  const [metrics = 0, port = 0] = await freePorts(2)
  stage = await openStage({
    quiet: true,
    environment: { REINSTATE_METRICS: `127.0.0.1:${metrics}` },
  })
  // As in the repository, with seconds for hours.
  const rules = (await readFile(join(FOLDER, 'alerts.yml'), 'utf8'))
    .replaceAll(/for: \d+m/g, 'for: 1s')
    .replaceAll(/6 \* 3600|3600/g, '1')
  await writeFile(join(stage.folder, 'alerts.yml'), rules)
  await writeFile(
    join(stage.folder, 'prometheus.yml'),
    `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [alerts.yml]
scrape_configs:
  - job_name: reinstate
    static_configs: [{ targets: ['127.0.0.1:${metrics}'] }]
`,
  )
  url = `http://127.0.0.1:${port}`
  prometheus = spawn(
    'prometheus',
    [
      `--config.file=${join(stage.folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(stage.folder, 'tsdb')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
}, 120_000)

afterAll(async () => {
  const gone = once(prometheus, 'exit')
  prometheus.kill('SIGKILL')
  await gone
  await stage.close()
})

interface Answer<Data> {
  readonly status: string
  readonly error?: string
  readonly data: Data
}

async function ask<Data>(path: string): Promise<Answer<Data>> {
  const answer = await fetch(`${url}/api/v1/${path}`)
  return (await answer.json()) as Answer<Data>
}

async function firing(): Promise<readonly string[]> {
  const { data } = await ask<{
    readonly alerts: readonly { readonly state: string; readonly labels: { readonly alertname: string } }[]
  }>('alerts')
  return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname)
}

async function fires(alert: string): Promise<void> {
  await vi.waitFor(async () => expect(await firing()).toContain(alert), SOON)
}

const FAILS = `
plan: fails
title: A run that fails, and whose undo fails
hosts: [server]
phases:
  - phase: work
    steps:
      - { step: kept, kind: command, script: touch /srv/kept, undo: exit 1, verify: test -e /srv/kept }
      - { step: failing, kind: command, needs: [kept], script: exit 1, cannotUndo: it does nothing, noProof: it does nothing }
`

const LONG = `
plan: away
title: A run whose host goes away
hosts: [server]
phases:
  - phase: work
    steps:
      - { step: long, kind: command, script: touch /srv/long; sleep 900, cannotUndo: it only waits, noProof: it only waits }
`

describe('the alert rules', () => {
  it('are valid', async () => {
    const { exitCode, all } = await execa('promtool', ['check', 'rules', join(FOLDER, 'alerts.yml')], {
      ...{ reject: false, all: true },
    })
    expect(exitCode, all).toBe(0)
  })

  it('fire for a decision that waits, a lock that is held, a failed undo, a host without an answer and no worker', async () => {
    await vi.waitFor(async () => expect((await ask('query?query=up')).status).toBe('success'), SOON)
    await vi.waitFor(async () => expect(await firing()).toEqual([]), SOON)
    const run = await stage.start(await stage.plan('fails', FAILS), { id: 'fails' })
    const decision = await openDecision(run)
    await fires('ReinstateDecisionWaits')
    await fires('ReinstateLockHeld')
    await decide(run, decision, 'rollback')
    await fires('ReinstateOutcomeUnknown')
    await theDashboardShowsValues()
    await stage.start(await stage.plan('away', LONG), { id: 'away' })
    await vi.waitFor(() => stage.testHost.must('test -e /srv/long'), SOON)
    await stage.testHost.stopSshd()
    await fires('ReinstateHostUnreachable')
    await stage.worker.kill('SIGTERM')
    await fires('ReinstateNoWorker')
  }, 400_000)
})

/** Its queries have an answer; those of which nothing happened here may be empty. */
async function theDashboardShowsValues(): Promise<void> {
  const { panels } = JSON.parse(await readFile(join(FOLDER, 'dashboard.json'), 'utf8')) as {
    readonly panels: readonly {
      readonly title: string
      readonly targets: readonly { readonly expr: string }[]
    }[]
  }
  for (const { title, targets } of panels)
    for (const { expr } of targets) {
      const query = encodeURIComponent(expr.replaceAll('$__rate_interval', '5m'))
      const { status, error, data } = await ask<{ readonly result: readonly unknown[] }>(
        `query?query=${query}`,
      )
      expect(status, `${title}: ${error}`).toBe('success')
      if (!NOTHING_HAPPENED.includes(title)) expect(data.result, title).not.toEqual([])
    }
}

const NOTHING_HAPPENED = ['Retries by kind', 'Bytes copied by kind']
