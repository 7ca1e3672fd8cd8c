import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { freePort } from '../../src/embedded/ports.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { openDecision } from '../../testbed/watch-run.ts'
import { openBrowser, operatorOf } from './browser.ts'
import type { Operator } from './browser.ts'

/** The canary is in each place that the UI shows: title, note, summaries, progress, an output. */
const CANARY = 'c4narybird'
const PLAN = `
plan: birds
title: A c4narybird moves
hosts: [server]
phases:
  - phase: before
    title: Prepare the c4narybird
    steps:
      - { step: folder, title: Make room for the c4narybird, kind: directories, paths: [/srv/c4narybird] }
  - phase: after
    title: Let the c4narybird out
    gate: { approvers: anyone, within: 1 hour, note: From here on visitors hear the c4narybird. }
    steps:
      - step: slow
        title: Wait for the c4narybird
        kind: command
        script: echo the c4narybird comes; while [ ! -e /srv/come ]; do sleep 1; done
        cannotUndo: it only waits
        verify: test -e /srv/come
`
const SCREENSHOTS = packageFolder('test-results', 'codec-ui')

let stage: Stage
let browser: Browser
let page: Page
let operator: Operator
let endpoint: ChildProcess
let url: string
let log = ''
beforeAll(async () => {
  stage = await openStage({ encrypted: true })
  await stage.plan('birds', PLAN)
  await mkdir(SCREENSHOTS, { recursive: true })
  // Chromium's own protection is off: the endpoint's is tried.
  browser = await openBrowser([
    '--host-resolver-rules=MAP rebound.example 127.0.0.1',
    '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
  ])
  page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
  operator = operatorOf(page, stage)
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  endpoint = spawn(
    process.execPath,
    [packageFolder('bin', 'reinstate'), 'codec', 'serve', '--port', `${port}`],
    { env: { ...process.env, ...stage.environment }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  endpoint.stderr?.on('data', (text: Buffer) => (log += text.toString()))
  await once(endpoint.stdout ?? endpoint, 'data')
})
afterAll(async () => {
  await browser.close()
  endpoint.kill('SIGTERM')
  await stage.close()
})

/** Everything that a page shows, frames too. */
async function shown(): Promise<string> {
  const texts = page.frames().map(async (frame) => await frame.locator('body').innerText())
  return (await Promise.all(texts)).join('\n')
}

const shows = async (text: string) => await expect.poll(shown, { timeout: 20_000 }).toContain(text)

/** Opens a page until it shows the text: Chromium drops what it loads whenever the machine's networks change. */
async function openUntil(path: string, text: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await operator.open(path)
        return await page
          .getByText(text)
          .first()
          .waitFor({ timeout: 15_000 })
          .then(
            () => 'shown',
            () => `no ${text}`,
          )
      },
      { timeout: 90_000 },
    )
    .toBe('shown')
}

const openTab = async (name: string) => await page.getByText(name).first().click()
const keep = (name: string) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })

describe('the Temporal UI of an encrypted run', () => {
  it('without the endpoint › shows nothing of the run in plain text', async () => {
    await openDecision(await stage.start('birds', { id: 'bird' }))
    await openUntil('/bird', 'runPhase')
    for (const tab of ['Event History', 'User Metadata', 'Memo']) {
      await openTab(tab)
      await page.waitForTimeout(2000)
      expect(await shown(), tab).not.toContain(CANARY)
      expect(await shown(), tab).not.toContain('gate/after')
    }
    await keep('1-without')
  })

  it('with the endpoint in its settings › shows the question, its JSON, summaries, input and memo', async () => {
    await page.getByTestId('data-encoder-status').click()
    await page.getByText('Use my browser setting').click()
    await page.locator('#data-encoder-endpoint-input').fill(url)
    await keep('2-settings')
    await page.getByRole('button', { name: 'Apply' }).click()
    await openUntil('/bird', 'DECIDE gate/after: approve, reject, stop')
    await shows(`1/2 Prepare the ${CANARY}`)
    await shows('"plan": "birds"')
    await keep('3-timeline')
    await openTab('Memo')
    await shows(`Let the ${CANARY} out`)
    await openTab('User Metadata')
    await operator.details().getByText(`From here on visitors hear the ${CANARY}.`).waitFor()
    expect(await operator.details().locator('pre').first().innerText()).toContain('"decision": "gate/after"')
    await keep('4-question')
  })

  it('takes an answer, which Temporal stores encrypted, and shows how far a step is', async () => {
    await operator.answerAs(`${CANARY} keeper`)
    await page.getByRole('button', { name: 'Submit' }).click()
    const handle = stage.client.workflow.getHandle('bird')
    const signals = async () => {
      const { events } = await handle.fetchHistory()
      return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
        signal?.signalName === 'decide' ? [JSON.stringify(signal.input?.payloads)] : [],
      )
    }
    await expect.poll(signals, { timeout: 30_000 }).toHaveLength(1)
    const [signal = ''] = await signals()
    expect(signal).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 12))
    await openUntil('/bird%2Fafter', 'runPhase')
    await openTab('Pending Activities')
    await shows('"offsets"')
    await keep('5-progress')
    await stage.testHost.exec('touch /srv/come')
    expect(await handle.result()).toMatchObject({ state: 'done' })
    expect(log).toBe('')
  })
})

describe('a page of another origin', () => {
  it('reads nothing', async () => {
    const other = await pageOf('<p>another page</p>')
    try {
      const there = await browser.newPage()
      await there.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`)
      expect(await there.evaluate(asks, url)).toEqual(['TypeError', 'TypeError', 'opaque 0'])
    } finally {
      other.close()
    }
  })

  it('reads nothing after its name was pointed to this machine', async () => {
    const there = await browser.newPage()
    const own = url.replace('127.0.0.1', 'rebound.example')
    await there.route(`${own}/`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<p>rebound</p>' }),
    )
    await there.goto(`${own}/`)
    const [asJson, asText] = await there.evaluate(asks, own)
    expect([asJson, asText]).toEqual([421, 421])
  })

  it('the page of the UI itself › is answered', async () => {
    const there = await browser.newPage()
    await there.goto(stage.ui)
    expect((await there.evaluate(asks, url))[0]).toBe(200)
  })
})

async function pageOf(html: string): Promise<Server> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** In the browser: what a page gets of /decode, as JSON, as a form would send it, and without reading the answer. */
async function asks(endpointUrl: string): Promise<readonly (string | number)[]> {
  const body = '{"payloads":[{}]}'
  const attempts: RequestInit[] = [
    { method: 'POST', body, headers: { 'content-type': 'application/json' } },
    { method: 'POST', body },
    { method: 'POST', body, mode: 'no-cors' },
  ]
  const answers = attempts.map((attempt) =>
    fetch(`${endpointUrl}/decode`, attempt).then(
      ({ status, type }) => (type === 'opaque' ? `opaque ${status}` : status),
      (error: unknown) => (error as Error).name,
    ),
  )
  return await Promise.all(answers)
}
