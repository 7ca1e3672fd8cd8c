import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
hosts: [droplet]
inputs: { cleanup: { default: /srv/changed/old } }
phases:
  - phase: before
    steps:
      - { step: folder, kind: directories, paths: [/srv/changed, /srv/changed/old, /srv/changed/precious] }
  - phase: after
    gate: { within: 1 hour }
    steps:
      - { step: file, kind: file-write, path: ${path}, from: text.txt }
      - { step: clean, kind: quarantine, paths: "\${{ inputs.cleanup }}" }
`

describe('what was approved', () => {
  it('is what runs, whatever the files say by then', async () => {
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
    const { stdout } = await stage.droplet.exec('cat /srv/changed/file; ls /srv/changed')
    expect(stdout.trim()).toBe('approvedfile\nprecious')
  })
})

describe('a host that lacks a tool, and room', () => {
  it('is refused with all of them, before anything is changed', async () => {
    const plan = await stage.plan('lacking', PLAN('/srv/lacking/file').replaceAll('changed', 'lacking'))
    await writeFile(join(dirname(plan), 'text.txt'), 'never written')
    await stage.droplet.exec(
      'mv /usr/bin/rsync /usr/bin/rsync.away; mount -t tmpfs -o size=20m none /var/lib/reinstate',
    )
    const { exitCode, stdout, stderr } = await stage.cli('run', plan)
    await stage.droplet.exec('mv /usr/bin/rsync.away /usr/bin/rsync; umount /var/lib/reinstate')
    const said = `${stdout}\n${stderr}`
    expect(exitCode).toBe(1)
    expect(said).toContain('it has no rsync; install it')
    expect(said).toContain('is in memory, and a reboot would erase what was done')
    expect(said).toMatch(/only \d+ MiB under \/var\/lib\/reinstate are free/)
    expect((await stage.droplet.exec('test -e /srv/lacking')).exitCode).not.toBe(0)
  })
})
