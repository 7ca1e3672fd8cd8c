import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { openDecision } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { openBrowser, operatorOf, type Operator } from './browser.ts'

const PLAN = `
plan: small
title: A small plan behind a gate
hosts: [server]
phases:
  - phase: before
    title: Prepare
    steps:
      - { step: folder, kind: directories, paths: [/srv/ui-folder] }
  - phase: after
    title: Open to visitors
    gate: { approvers: anyone, within: 1 hour, note: From here on visitors see it. }
    steps:
      - { step: opened, kind: directories, paths: [/srv/ui-opened] }
`
const SCREENSHOTS = packageFolder('test-results', 'ui')
const WAITING = 'ReinstateState STARTS_WITH "waiting" AND ExecutionStatus="Running"'

let stage: Stage
let browser: Browser
let page: Page
let operator: Operator
beforeAll(async () => {
  stage = await openStage()
  await stage.plan('small', PLAN)
  await mkdir(SCREENSHOTS, { recursive: true })
  browser = await openBrowser()
  page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
  operator = operatorOf(page, stage)
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

const keep = (name: string) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })

describe('an operator who has only the Temporal UI', () => {
  it('starts a run with one JSON argument', async () => {
    await operator.start('from-ui', { plan: 'small' }, () => keep('1-start'))
    expect((await openDecision(stage.client.workflow.getHandle('from-ui'))).decision).toBe('gate/after')
  })

  it('finds the waiting run, its decision and what each answer does', async () => {
    await operator.open(`?query=${encodeURIComponent(WAITING)}`)
    await page.getByRole('link', { name: 'from-ui' }).waitFor()
    await keep('2-what-waits')
    await page.getByRole('link', { name: 'from-ui' }).click()
    await page.getByText('DECIDE gate/after: approve, reject, stop').first().waitFor()
    await keep('3-timeline')
    await page.getByText('User Metadata').first().click()
    await operator.details().getByText('From here on visitors see it.').waitFor()
    const read = await operator.details().locator('body').innerText()
    expect(read).toContain('may “Open to visitors” begin?')
    expect(read).toMatch(/approve: “Open to visitors” begins/)
    expect(read).toMatch(/reject: it does not begin; the run ends, and what is listed below is undone/)
    expect(read).toContain('make directory /srv/ui-opened')
    await keep('4-the-question')
  })

  it('sends the JSON shown there as a signal, and sees the end', async () => {
    await operator.answerAs('an operator')
    await keep('5-signal')
    await page.getByRole('button', { name: 'Submit' }).click()
    expect(await stage.client.workflow.getHandle('from-ui').result()).toMatchObject({ state: 'done' })
    await operator.open('/from-ui')
    await page.getByText('Completed').first().waitFor()
    await page.getByText('2/2 Open to visitors').first().waitFor()
    await keep('6-done')
    expect((await stage.testHost.exec('test -d /srv/ui-opened')).exitCode).toBe(0)
  })
})
