import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { layDeployPlan } from '../../testbed/deploy.ts'
import { openStage, type Stage } from '../../testbed/run-stage.ts'
import { openDecision } from '../../testbed/watch-run.ts'
import { openBrowser, operatorOf } from './browser.ts'

let stage: Stage
let browser: Browser
let page: Page
beforeAll(async () => {
  stage = await openStage()
  const folder = await layDeployPlan(stage)
  await writeFile(join(folder, 'app', 'site', 'index.html'), 'version from the browser')
  browser = await openBrowser()
  page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
})
afterAll(async () => {
  await browser.close()
  await stage.close()
})

it('a release by the plan of init --deploy is started, read and approved in the Temporal UI', async () => {
  const operator = operatorOf(page, stage)
  const inputs = { version: '1', live: 'none' }
  await operator.start('from-browser', { plan: 'shop-deploy', by: 'starter', inputs })
  const run = stage.client.workflow.getHandle('from-browser')
  expect((await openDecision(run, 180)).decision).toBe('gate/release')

  await operator.open('/from-browser')
  await page.getByText('DECIDE gate/release: approve, reject, stop').first().waitFor()
  await page.getByText('User Metadata').first().click()
  await operator.details().getByText('What it would do').first().waitFor()
  await operator.answerAs('tester')
  await page.getByRole('button', { name: 'Submit' }).click()

  expect(await run.result()).toMatchObject({ state: 'done' })
  expect(await stage.testHost.must('curl -fsS http://127.0.0.1:8080/')).toBe('version from the browser')
  await operator.open('/from-browser')
  await page.getByText('Completed').first().waitFor()
})
