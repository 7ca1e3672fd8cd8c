import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hastyDeployPlan, layDeploy, releaseVersion } from '../../testbed/deploy.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'

let stage: Stage
let folder: string
beforeAll(async () => {
  stage = await openStage()
  await layDeploy(stage)
  folder = join(stage.folder, 'plans', 'shop-deploy')
})
afterAll(() => stage.close())

const release = (version: string, live: string) => releaseVersion(stage, folder, { version, live })
const served = () => stage.testHost.must('curl -fsS http://127.0.0.1:8080/')

/** Asks the proxy twenty times a second until it is stopped, and returns the number of answers and of failures. */
async function visitors(): Promise<() => Promise<{ asked: number; failed: number }>> {
  await stage.testHost.must(
    `rm -rf /srv/visits && mkdir /srv/visits && cd /srv/visits && setsid sh -c '
    while [ ! -e stop ]; do curl -s -o /dev/null -m 5 -w "%{http_code}\\n" http://127.0.0.1:8080/ >> codes & sleep 0.05; done; wait' > /dev/null 2>&1 &`,
  )
  return async () => {
    const codes = (await stage.testHost.must('cd /srv/visits && touch stop && sleep 6 && cat codes')).split(
      '\n',
    )
    return { asked: codes.length, failed: codes.filter((code) => code !== '200').length }
  }
}

describe('the plan of init --deploy', () => {
  it('is written for a host in at most sixty lines, and is valid', async () => {
    const { exitCode, stdout } = await stage.cli(
      'init',
      'server',
      '--deploy',
      '--project',
      'shop',
      '--out',
      folder,
    )
    expect(stdout).toContain('wrote ')
    expect(exitCode).toBe(0)
    const plan = join(folder, 'plan.yaml')
    const text = await readFile(plan, 'utf8')
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60)
    await writeFile(plan, hastyDeployPlan(text))
    const checked = await stage.cli('check', folder, '--input', 'version=1')
    expect(`${checked.stdout}${checked.stderr}`).toMatch(/valid: 5 phases/)
    expect(checked.exitCode).toBe(0)
    const again = await stage.cli('init', 'server', '--deploy', '--project', 'shop', '--out', folder)
    expect(again.exitCode).toBe(2)
  })

  it('releases a version from its folder to its visitors', async () => {
    await release('one', 'none')
    expect(await served()).toBe('version one')
    expect(await stage.testHost.must('docker ps --format "{{.Names}}" | grep -c shop-try || true')).toBe('0')
  })

  it('releases the next one without a failed request, and returns to the one before likewise', async () => {
    const stop = await visitors()
    await release('two', 'shop-one')
    expect(await served()).toBe('version two')
    expect(await stage.testHost.must('docker ps -q --filter label=com.docker.compose.project=shop-one')).toBe(
      '',
    )

    const { stdout } = await stage.cli('rollback', 'two', '--by', 'tester')
    const [, digest = ''] = /rollback\/two approve --by NAME --digest (\w+)/.exec(stdout) ?? []
    await stage.cli('decide', 'two', 'rollback/two', 'approve', '--by', 'tester', '--digest', digest)
    expect((await stage.cli('status', 'two', '--follow')).stdout).toMatch(/^two +rolled-back/m)
    expect(await served()).toBe('version one')
    const { asked, failed } = await stop()
    expect(asked).toBeGreaterThan(100)
    expect(failed).toBe(0)
  })
})
