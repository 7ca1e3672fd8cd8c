import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { execa } from 'execa'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { startTestHost } from '../../testbed/test-host.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { itInDepth } from '../depth.ts'
import { openBrowser } from '../e2e/browser.ts'

let testHost: TestHost
let browser: Browser
beforeAll(async () => {
  testHost = await startTestHost({ images: 'apps', ports: [3000] })
  const folder = packageFolder('plans', 'miyabi-reconstruction', 'app')
  const pipe = 'tar -C "$1" --exclude node_modules --exclude dist -c . | docker exec -i "$2" tar -C /srv -x'
  await execa('sh', ['-c', pipe, 'sh', folder, testHost.name])
  browser = await openBrowser()
})
afterAll(async () => {
  await browser.close()
  await testHost.remove()
})

const BUILD = `docker build --network none --build-arg NODE=testbed/node:20 --build-arg NODE_BUILD=testbed/node-build:20 \
  --build-arg POSTGRES=testbed/postgres:17 --build-arg VERSION=1.0.0 --progress plain`

describe('the program of miyabi-reconstruction', () => {
  it('is built only after its tests passed in the build, against a PostgreSQL, and ran enough of it', async () => {
    const { exitCode, stdout, stderr } = await testHost.exec(`cd /srv && ${BUILD} -t miyabi:1 .`, {
      timeoutSeconds: 600,
    })
    expect(exitCode, stdout + stderr).toBe(0)
    expect(stdout + stderr).toMatch(/ℹ pass [1-9][\s\S]*ℹ fail 0/)
    expect(await testHost.must('docker run --rm miyabi:1 cat coverage.txt')).toMatch(
      /^backend (9\d|100)\.\d % of \d+ lines \(90 % are required\); pages (8\d|9\d|100)\.\d % of \d+ lines \(80 % are required\)$/,
    )
  }, 600_000)

  itInDepth(
    'is not built where its tests leave out the pages',
    async () => {
      await testHost.must('cp -r /srv /tmp/less && rm /tmp/less/test/pages.test.ts')
      const { exitCode, stdout, stderr } = await testHost.exec(`cd /tmp/less && ${BUILD} -t miyabi:less .`, {
        timeoutSeconds: 600,
      })
      expect(exitCode).not.toBe(0)
      expect(stdout + stderr).toMatch(/pages 0\.0 % of \d+ lines \(80 % are required\)/)
    },
    600_000,
  )
})

const SERVE = `set -e
docker network create net
docker run -d --name db --network net -e POSTGRES_PASSWORD=of-a-test testbed/postgres:17
timeout 60 sh -c 'until docker exec db pg_isready -q -h 127.0.0.1; do sleep 0.2; done'
{
  echo "create role miyabi_app login password 'of-a-test';"
  cat /srv/test/before.sql /srv/sql/0*.up.sql
} | docker exec -i db psql -q -v ON_ERROR_STOP=1 -U postgres
docker run -d --name api --network net -p 3000:3000 --read-only --tmpfs /tmp --cap-drop ALL \
  -e DATABASE_URL=postgres://miyabi_app:of-a-test@db/postgres -e JWT_SECRET=$(printf 's%.0s' $(seq 40)) miyabi:1
timeout 60 sh -c 'until [ "$(docker inspect --format "{{.State.Health.Status}}" api)" = healthy ]; do sleep 0.3; done'`

describe('its pages, in the browser', () => {
  it('have no violation that axe finds, in light and dark, wide and narrow; and nothing to scroll sideways', async () => {
    await testHost.must(SERVE, { timeoutSeconds: 200 })
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    const url = `http://127.0.0.1:${testHost.httpPort(3000)}`
    const context = await browser.newContext()
    const page = await context.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))

    /** Everything that is wrong with the page that is open. */
    const problems = async (where: string) => {
      const all: string[] = []
      for (const colorScheme of ['light', 'dark'] as const)
        for (const width of [320, 1280]) {
          await page.emulateMedia({ colorScheme })
          await page.setViewportSize({ width, height: 800 })
          // By the protocol of the browser: the page's own policy forbids scripts of others.
          const found = await page.evaluate(`${axe}; axe.run(document).then(({ violations, passes }) => ({
            passes: passes.length,
            violations: violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')),
            sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          }))`)
          const { passes, violations, sideways } = found as {
            passes: number
            violations: string[]
            sideways: number
          }
          expect(passes, where).toBeGreaterThan(10)
          all.push(...violations.map((one) => `${where}, ${colorScheme}, ${width} px: ${one}`))
          if (sideways > 0) all.push(`${where}: ${sideways} px to scroll sideways at ${width} px`)
        }
      return all
    }

    await page.goto(url)
    await page.getByText('20 organizations').waitFor()
    const found = await problems('organizations')
    await page.goto(`${url}/sign-in`)
    found.push(...(await problems('sign-in')))
    await page.getByLabel('Name', { exact: true }).fill('Ann')
    await page.getByLabel('Email of the new account').fill('ann@example.org')
    await page.getByLabel(/^Password of the new account/).fill('correct horse battery')
    await page.getByRole('button', { name: 'Create account' }).click()
    await page.waitForURL(`${url}/`)
    await page.getByLabel('Name', { exact: true }).fill('Ann’s organization')
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    await page.getByRole('link', { name: 'Ann’s organization' }).click()
    await page.getByLabel('Name of the agent').fill('Builder')
    await page.getByRole('button', { name: 'Add agent' }).click()
    await page.getByRole('button', { name: 'Remove Builder' }).waitFor()
    found.push(...(await problems('admin')))
    expect(found).toEqual([])
    expect(errors).toEqual([])

    // The test can fail: the same page without a label.
    await page.evaluate(`document.querySelector('label[for=agent-name]').remove()`)
    expect((await problems('without a label')).join()).toContain('label: <input id="agent-name"')
  }, 300_000)
})
