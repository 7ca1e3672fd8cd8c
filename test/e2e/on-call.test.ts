import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { WorkflowHandle } from '@temporalio/client'
import type { Browser, FrameLocator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { openBrowser } from './browser.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { failureOf, openDecision } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { ON_CALL, temporalCli } from './temporal-cli.ts'
import type { Shown, TemporalCli } from './temporal-cli.ts'

/** Makes a mark, then fails until somebody puts a file there, then makes another mark. */
const FAILING = (name: string) => `
plan: ${name}
title: A small stack
hosts: [server]
phases:
  - phase: work
    title: Prepare and cut over
    steps:
      - step: prepared
        title: Prepare the folder
        kind: command
        script: touch /srv/${name}-prepared
        undo: rm -f /srv/${name}-prepared
        verify: test -e /srv/${name}-prepared
      - step: copied
        title: Copy the database
        kind: command
        script: |
          test -e /var/tmp/${name}-help && exit
          echo "pg_restore: error reading large object 17" >&2
          exit 3
        undo: rm -f /srv/${name}-copied
        noProof: its exit code is all there is
        success: the database has all of its rows
      - step: opened
        title: Open to visitors
        kind: command
        script: touch /srv/${name}-opened
        undo: rm -f /srv/${name}-opened
        verify: test -e /srv/${name}-opened
`

/** What supervises it dies, and nobody knows what it did. */
const UNKNOWN = (name: string) =>
  FAILING(name)
    .replace(/script: \|[^]*exit 3/, 'script: kill -KILL $PPID')
    .replace('noProof: its exit code is all there is', `verify: test -e /srv/${name}-copied`)

const GATED = (name: string) => `
plan: ${name}
title: A small stack
hosts: [server]
phases:
  - phase: before
    title: Prepare
    steps:
      - step: prepared
        kind: command
        script: touch /srv/${name}-prepared
        undo: rm -f /srv/${name}-prepared
        verify: test -e /srv/${name}-prepared
  - phase: after
    title: Open to visitors
    gate: { approvers: anyone, within: 1 hour, note: From here on visitors see it. }
    steps:
      - step: opened
        kind: command
        script: touch /srv/${name}-opened
        undo: rm -f /srv/${name}-opened
        verify: test -e /srv/${name}-opened
`

let stage: Stage
let temporal: TemporalCli
beforeAll(async () => {
  stage = await openStage()
  temporal = await temporalCli(stage)
})
afterAll(() => stage.close())

const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0
const marks = async (name: string) => ({
  prepared: await exists(`/srv/${name}-prepared`),
  opened: await exists(`/srv/${name}-opened`),
})

/** A run that waits for people, and what Temporal's own command line shows of it. */
async function waiting(name: string, yaml: string): Promise<{ run: WorkflowHandle; shown: Shown }> {
  const run = await stage.start(await stage.plan(name, yaml), { id: name })
  await openDecision(run)
  // The server's list of runs follows a little after their histories.
  await expect.poll(() => temporal.waiting(), { timeout: 60_000 }).toContain(name)
  return { run, shown: await temporal.shown(name) }
}

describe('someone on call who has only `temporal`', () => {
  it('reads which step failed, on which host, since when, and why', async () => {
    const { shown } = await waiting('read', FAILING('read'))
    expect(shown.question).toBe('step "copied" failed on server')
    expect(Math.abs(Date.now() - shown.since.getTime())).toBeLessThan(15 * 60_000)
    expect(trimmed(shown.text)).toContain('pg_restore: error reading large object 17')
    expect(shown.text).toContain('Success criterion: the database has all of its rows')
    expect(Object.keys(shown.answers)).toEqual(['retry', 'skip', 'rollback', 'stop'])
    // The timeline of the run says it too, and the phase says where to go.
    expect(await temporal.history('read')).toContain('DECIDE failed/copied~1: retry, skip, rollback, stop')
    const { text } = await temporal.shown('read/work')
    expect(text).toContain('"copied" failed on server')
    expect(text).toContain('asked and answered on the page of its run `read`')
    expect(await temporal.status('read/work')).toBe('FAILED')
    await temporal.update('read', shown.answers['stop'])
  })

  it('retry: it is attempted again, then the run continues', async () => {
    const { run, shown } = await waiting('on-retry', FAILING('on-retry'))
    await stage.testHost.must('touch /var/tmp/on-retry-help')
    await temporal.update('on-retry', shown.answers['retry'])
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await marks('on-retry')).toEqual({ prepared: true, opened: true })
    expect(await temporal.status('on-retry')).toBe('COMPLETED')
  })

  it('skip: it stays as it is, and the run continues and ends as done-not-proven', async () => {
    const { run, shown } = await waiting('on-skip', FAILING('on-skip'))
    expect(shown.does['skip']).toContain('Open to visitors')
    await temporal.signal('on-skip', shown.answers['skip'])
    expect((await failureOf(run)).type).toBe('DoneNotProven')
    expect((await stage.cli('status', 'on-skip')).exitCode).toBe(5)
    expect(await marks('on-skip')).toEqual({ prepared: true, opened: true })
  })

  it('rollback: all that the run did is undone', async () => {
    const { shown } = await waiting('on-rollback', FAILING('on-rollback'))
    await temporal.update('on-rollback', shown.answers['rollback'])
    await temporal.ended('on-rollback')
    expect(await marks('on-rollback')).toEqual({ prepared: false, opened: false })
    expect(await temporal.status('on-rollback')).toBe('FAILED')
    expect(await temporal.result('on-rollback')).toMatch(
      /step copied failed[\s\S]*rolled back 2 steps; left behind: nothing/,
    )
  })

  it('stop: what was done stays, and the end says how to undo it later', async () => {
    const { shown } = await waiting('on-stop', FAILING('on-stop'))
    await temporal.signal('on-stop', shown.answers['stop'])
    await temporal.ended('on-stop')
    expect(await marks('on-stop')).toEqual({ prepared: true, opened: false })
    expect(await temporal.result('on-stop')).toMatch(
      /step copied failed[\s\S]*what was done stays. To undo it: reinstate rollback on-stop/,
    )
    const { stdout } = await stage.cli('status', 'on-stop')
    expect(stdout).toMatch(/next: reinstate rollback on-stop/)
  })

  it('mark-done: an unknown outcome counts as done, not proven', async () => {
    const { run, shown } = await waiting('on-mark-done', UNKNOWN('on-mark-done'))
    expect(shown.question).toBe('the outcome of step "copied" on server is unknown')
    expect(Object.keys(shown.answers)).toEqual(['retry', 'mark-done', 'rollback', 'stop'])
    await temporal.update('on-mark-done', shown.answers['mark-done'])
    expect((await failureOf(run)).type).toBe('DoneNotProven')
    expect(await marks('on-mark-done')).toEqual({ prepared: true, opened: true })
  })

  it('approve: the phase behind the gate begins', async () => {
    const { run, shown } = await waiting('on-approve', GATED('on-approve'))
    expect(shown.question).toBe('may "Open to visitors" begin?')
    expect(shown.text).toContain('From here on visitors see it.')
    expect(Object.keys(shown.answers)).toEqual(['approve', 'reject', 'stop'])
    await temporal.update('on-approve', shown.answers['approve'])
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await marks('on-approve')).toEqual({ prepared: true, opened: true })
  })

  it('reject: it does not begin, and what was done is rolled back', async () => {
    const { shown } = await waiting('on-reject', GATED('on-reject'))
    await temporal.signal('on-reject', shown.answers['reject'])
    await temporal.ended('on-reject')
    expect(await marks('on-reject')).toEqual({ prepared: false, opened: false })
    expect(await temporal.result('on-reject')).toContain('answered reject at the gate before after')
  })

  it('an answer that does not fit › is refused with the choices', async () => {
    const { shown } = await waiting('misfit', FAILING('misfit'))
    const wrong = { ...JSON.parse(shown.answers['stop'] ?? ''), choice: 'retri' } as unknown
    await expect(temporal.update('misfit', JSON.stringify(wrong))).rejects.toThrow(
      /retri is not one of retry, skip, rollback, stop/,
    )
    await temporal.update('misfit', shown.answers['stop'])
  })
})

describe('someone on call who types `reinstate status`', () => {
  it('finds what waits first, then what happened, what each answer does and what to type', async () => {
    const { shown } = await waiting('typed', FAILING('typed'))
    const list = (await stage.cli('status')).stdout.split('\n')
    expect(list[1]).toMatch(/^typed +waiting-for-decision/)
    const { stdout, exitCode } = await stage.cli('status', 'typed')
    expect(exitCode).toBe(4)
    expect(stdout).toMatch(/decide: step "copied" failed on server/)
    expect(stdout).toMatch(/failed\/copied~1, has waited \d+/)
    expect(stdout).toContain('pg_restore: error reading large object 17')
    const [, typed = ''] = /^ *reinstate (decide typed failed\/copied~1 rollback)$/m.exec(stdout) ?? []
    expect((await stage.cli(...typed.split(' '), '--by', 'dana')).exitCode).toBe(0)
    await temporal.ended('typed')
    expect(shown.does['rollback']).toMatch(/is undone/)
    expect(await marks('typed')).toEqual({ prepared: false, opened: false })
    const after = (await stage.cli('status', 'typed')).stdout
    expect(after).toMatch(/typed rolled-back/)
    expect(after).toMatch(/undone: .*prepared/)
  })
})

describe('someone on call in a browser', () => {
  const SCREENSHOTS = packageFolder('test-results', 'on-call')
  let browser: Browser
  let page: Page
  let details: () => FrameLocator
  beforeAll(async () => {
    await mkdir(SCREENSHOTS, { recursive: true })
    browser = await openBrowser()
    page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
    details = () => page.frameLocator('iframe').last()
  })
  afterAll(() => browser.close())
  const keep = (name: string) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })

  it('sees on the page of a failed step: step, host, since when, the reason, the answers and their JSON', async () => {
    const { shown } = await waiting('seen', FAILING('seen'))
    const address = /page +(\S+)/.exec((await stage.cli('status', 'seen')).stdout)?.[1]
    await page.goto(address ?? '')
    await page.getByText('DECIDE failed/copied~1').first().waitFor()
    await keep('1-timeline')
    await page.getByText('User Metadata').first().click()
    // The UI sets typographic quotes.
    await details()
      .getByRole('heading', { name: /step .copied. failed on server/ })
      .waitFor()
    await keep('2-failed-step')
    const read = await details().locator('body').innerText()
    expect(trimmed(read)).toContain('pg_restore: error reading large object 17')
    expect(read).toMatch(/Waits since \d{4}-\d\d-\d\d \d\d:\d\d UTC/)
    const plain = trimmed(read.replaceAll(/[“”]/g, '"'))
    for (const [choice, does] of Object.entries(shown.does)) expect(plain).toContain(`${choice}: ${does}`)
    const pasteable = await details().locator('pre').allInnerTexts()
    for (const answer of Object.values(shown.answers))
      expect(pasteable.map((text) => trimmed(text).replace('YOUR NAME', ON_CALL))).toContain(trimmed(answer))
    await temporal.update('seen', shown.answers['skip'])
    await stage.client.workflow
      .getHandle('seen')
      .result()
      .catch(() => undefined)
  })

  it('sees on the page of the phase that failed where to answer', async () => {
    await page.goto(`${stage.ui}/namespaces/default/workflows/seen%2Fwork`)
    await page.getByText('PhaseFailed').first().waitFor()
    await keep('3-phase')
    await page.getByText('User Metadata').first().click()
    await details().getByText('is asked and answered on the page of its run').waitFor()
    await keep('4-phase-details')
  })
})

function trimmed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
