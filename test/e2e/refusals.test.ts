import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'

const WRONG_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGwrongwrongwrongwrongwrongwrongwrongwrong'

let stage: Stage
let before: string
beforeAll(async () => {
  stage = await openStage({
    hosts: ['  gone: { address: 127.0.0.1, port: 1, user: root }', '  local: { local: true }'].join('\n'),
  })
  before = await fingerprint(stage.testHost)
})
afterAll(() => stage.close())

const PLAN = (more: { host?: string; top?: string; step?: string } = {}) => `
plan: refused
title: A plan that must not begin
hosts: [${more.host ?? 'server'}]
${more.top ?? ''}
phases:
  - phase: work
    steps:
      - step: first
        kind: directories
        paths: [/srv/refused]
${more.step ?? ''}
`

/** Runs a plan from the command line; whatever it says, the test host must be as it was. */
async function refused(yaml: string, ...words: string[]) {
  const path = await stage.plan('refused', yaml)
  const started = Date.now()
  const { exitCode, stdout, stderr } = await stage.cli('run', path, ...words)
  const said = `${stdout}\n${stderr}`
  expect(diffFingerprints(before, await fingerprint(stage.testHost))).toEqual([])
  return { exitCode, said, seconds: (Date.now() - started) / 1000 }
}

describe('a run is refused before any change', () => {
  it('if the plan does not exist; names the existing plans', async () => {
    const { exitCode, stdout, stderr } = await stage.cli('run', 'guestbok-restore')
    expect(exitCode).toBe(2)
    expect(stdout + stderr).toMatch(/guestbok-restore[\s\S]*guestbook-restore/)
  })

  it('if the plan is invalid; shows file, line, column and a suggestion', async () => {
    const { exitCode, said } = await refused(
      PLAN({ step: '      - step: second\n        kind: directorys\n        paths: [/srv/x]' }),
    )
    expect(exitCode).toBe(2)
    expect(said).toMatch(/plan\.yaml:13:15 unknown-kind .*directories/)
  })

  it('if the inventory does not have the host', async () => {
    const { exitCode, said } = await refused(PLAN({ host: 'dropelt' }))
    expect(exitCode).toBe(2)
    expect(said).toMatch(/dropelt[\s\S]*server/)
  })

  it('if a secret is missing; names it and its file, and no value', async () => {
    await writeFile(join(stage.folder, 'some.env'), 'OTHER=canary-value\n', { mode: 0o600 })
    const { exitCode, said } = await refused(
      PLAN({ top: `secrets: { file: ${join(stage.folder, 'some.env')}, require: [WANTED] }` }),
    )
    expect(exitCode).toBe(2)
    expect(said).toMatch(/WANTED/)
    expect(said).not.toContain('canary-value')
  })

  it('if a host does not answer; within seconds, with exit status 3', async () => {
    const { exitCode, said, seconds } = await refused(PLAN({ host: 'gone' }))
    expect(exitCode).toBe(3)
    expect(said).toMatch(/host gone cannot be reached/)
    expect(seconds).toBeLessThan(15)
  })

  it('if the source of a copy is empty or missing', async () => {
    await stage.testHost.exec('mkdir -p /var/tmp/empty')
    const step =
      '      - step: copy\n        kind: volume-restore\n        from: /var/tmp/empty\n        volume: refused_volume'
    const { exitCode, said } = await refused(PLAN({ step }))
    expect(exitCode).toBe(1)
    expect(said).toMatch(/\/var\/tmp\/empty/)
    expect(said).toMatch(/[Nn]othing was changed/)
  })

  it('if the volume is in use; names the container', async () => {
    await stage.testHost.exec(
      'docker volume create used_volume && docker run -d --name user-of-it -v used_volume:/data testbed/nginx:1',
    )
    before = await fingerprint(stage.testHost)
    const step =
      '      - step: copy\n        kind: volume-restore\n        from: /etc/ssh\n        volume: used_volume'
    const { exitCode, said } = await refused(PLAN({ step }))
    expect(exitCode).toBe(1)
    expect(said).toMatch(/used_volume/)
  })

  it('if Docker is missing', async () => {
    await stage.testHost.exec('chmod a-x /usr/bin/docker')
    const { exitCode, said } = await refusedWithoutLooking(PLAN())
    await stage.testHost.exec('chmod a+x /usr/bin/docker')
    expect(exitCode).toBe(1)
    expect(said).toMatch(/host server is not ready:[\s\S]*[Dd]ocker/)
  })

  it('if the host key differs from the pinned one; shows both, and sends nothing', async () => {
    const other = await openStage({
      hosts: `  swapped: { address: 127.0.0.1, port: ${stage.testHost.sshPort}, user: root, key: ${stage.testHost.privateKeyPath}, hostKey: "${WRONG_KEY}" }`,
    })
    try {
      const path = await other.plan('refused', PLAN({ host: 'swapped' }))
      const { exitCode, stdout, stderr } = await other.cli('run', path)
      expect(exitCode).toBe(3)
      expect(stdout + stderr).toMatch(/the key SHA256:\S+, but SHA256:\S+ is pinned/)
    } finally {
      await other.close()
    }
  })
})

/** The fingerprint itself needs Docker on the test host. */
async function refusedWithoutLooking(yaml: string) {
  const { exitCode, stdout, stderr } = await stage.cli('run', await stage.plan('refused', yaml))
  return { exitCode, said: `${stdout}\n${stderr}` }
}
