import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { docker } from '../../testbed/outer-docker.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { decide, openDecision } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const PLAN = (path: string) => `
plan: changed
title: A plan whose files change while it waits
hosts: [server]
inputs: { cleanup: { default: /srv/changed/old } }
phases:
  - phase: before
    steps:
      - { step: folder, kind: directories, paths: [/srv/changed, /srv/changed/old, /srv/changed/precious] }
  - phase: after
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - { step: file, kind: file-write, path: ${path}, from: text.txt }
      - { step: clean, kind: quarantine, paths: "\${{ inputs.cleanup }}" }
`

describe('what was approved', () => {
  it('runs, even if the files have changed since', async () => {
    const plan = await stage.plan('changed', PLAN('/srv/changed/file'))
    const text = join(dirname(plan), 'text.txt')
    await writeFile(text, 'approved')
    const run = await stage.start(plan, { id: 'changed' })
    const decision = await openDecision(run)
    await writeFile(text, 'changed since')
    await stage.plan(
      'changed',
      PLAN('/srv/changed/elsewhere').replace('/srv/changed/old }', '/srv/changed/precious }'),
    )
    await decide(run, decision, 'approve')
    await run.result()
    const { stdout } = await stage.testHost.exec('cat /srv/changed/file; ls /srv/changed')
    expect(stdout.trim()).toBe('approvedfile\nprecious')
  })
})

const GROWS = `
plan: grows
title: A directory that grows while its phase waits
hosts: [server]
phases:
  - phase: clean
    gate: { approvers: anyone, within: 1 hour }
    steps:
      - step: go
        kind: command
        script: touch /srv/begun; until [ -e /srv/go ]; do sleep 0.2; done
        verify: test -e /srv/go
        cannotUndo: it only waits
      - { step: clean, kind: quarantine, paths: [/srv/grows] }
      - { step: prune, kind: prune, containers: { labels: [grows=yes] } }
`

describe('deletions beyond those approved', () => {
  it('make the gate ask again; if they appear after the gate, the step is refused and deletes nothing', async () => {
    const stopped = (name: string) => `docker create --name ${name} --label grows=yes testbed/nginx:1`
    await stage.testHost.must(`mkdir /srv/grows; echo one > /srv/grows/one; ${stopped('first')}`)
    const run = await stage.start(await stage.plan('grows', GROWS), { id: 'grows' })
    const first = await openDecision(run)
    expect(first.shows.join('\n')).toContain('/srv/grows to /srv/.reinstate-quarantine: 2 entries, 4 bytes')
    await stage.testHost.must('echo two > /srv/grows/two')
    await decide(run, first, 'approve')
    await expect
      .poll(async () => (await openDecision(run)).digest, { timeout: 60_000 })
      .not.toBe(first.digest)
    const second = await openDecision(run)
    expect(second.shows.join('\n')).toMatch(/moves \/srv\/grows to \S+ 3 entries, 8 bytes/)
    await decide(run, second, 'approve')
    // Only now did the gate inspect again.
    await stage.testHost.must('timeout 60 sh -c "until [ -e /srv/begun ]; do sleep 0.2; done"')
    await stage.testHost.must(`echo three > /srv/grows/three; ${stopped('second')}; touch /srv/go`)
    const failed = await openDecision(run)
    expect(failed).toMatchObject({ decision: 'failed/clean~1' })
    expect(failed.shows.join('\n')).toContain(
      'path /srv/grows has 4 entries with 14 bytes, which were 3 entries with 8 bytes',
    )
    expect(await stage.testHost.must('ls /srv/grows')).toBe('one\nthree\ntwo')
    await stage.testHost.must('rm /srv/grows/three')
    await decide(run, failed, 'retry')
    await expect
      .poll(async () => (await openDecision(run)).decision, { timeout: 60_000 })
      .toBe('failed/prune~1')
    const again = await openDecision(run)
    expect(again.shows.join('\n')).toMatch(/it deletes container second \w+, which was not there/)
    await stage.testHost.must('docker rm second')
    await decide(run, again, 'retry')
    await run.result()
    expect((await stage.testHost.exec('test -e /srv/grows || docker inspect first')).exitCode).not.toBe(0)
  })
})

describe('a host without a tool, and without space', () => {
  it('is refused with every reason, before any change', async () => {
    const plan = await stage.plan('lacking', PLAN('/srv/lacking/file').replaceAll('changed', 'lacking'))
    await writeFile(join(dirname(plan), 'text.txt'), 'never written')
    await stage.testHost.exec(
      'mv /usr/bin/rsync /usr/bin/rsync.away; mount -t tmpfs -o size=20m none /var/lib/reinstate',
    )
    const { exitCode, stdout, stderr } = await stage.cli('run', plan)
    await stage.testHost.exec('mv /usr/bin/rsync.away /usr/bin/rsync; umount /var/lib/reinstate')
    const said = `${stdout}\n${stderr}`
    expect(exitCode).toBe(1)
    expect(said).toContain('rsync is missing')
    expect(said).toContain('is in memory, and a reboot would erase')
    expect(said).toMatch(/only \d+ MiB under \/var\/lib\/reinstate are free/)
    expect((await stage.testHost.exec('test -e /srv/lacking')).exitCode).not.toBe(0)
  })
})

describe('a host whose file system has no hard links', () => {
  it('is refused with that reason, before any change', async () => {
    const { testHost } = stage
    const plan = await stage.plan('unlinked', PLAN('/srv/unlinked/file').replaceAll('changed', 'unlinked'))
    await writeFile(join(dirname(plan), 'text.txt'), 'never written')
    await docker(['cp', packageFolder('testbed', 'no-hard-links.pl'), `${testHost.name}:/usr/local/bin/`])
    await testHost.must(`mkdir -p /srv/backing /var/lib/reinstate
setsid perl /usr/local/bin/no-hard-links.pl /srv/backing /var/lib/reinstate > /dev/null 2>&1 &
timeout 30 sh -c 'until mountpoint -q /var/lib/reinstate; do sleep 0.1; done'`)
    const tried = 'cd /var/lib/reinstate; echo x > one; ln one two'
    const { stderr: said } = await testHost.exec(`${tried}; rm one`)
    expect(said, 'what ln says there').toContain('Operation not permitted')
    const { exitCode, stdout, stderr } = await stage.cli('run', plan)
    const left = await testHost.must('ls -A /srv/backing')
    await testHost.must('umount /var/lib/reinstate')
    expect(exitCode).toBe(1)
    expect(`${stdout}\n${stderr}`).toContain(
      'host server is not ready: /var/lib/reinstate is on a file system without hard links; mount another one there',
    )
    expect(left).toBe('runs')
    expect((await testHost.exec('test -e /srv/unlinked')).exitCode).not.toBe(0)
  })
})
