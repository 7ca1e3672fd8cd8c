import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { decide, openDecision } from '../../testbed/watch-run.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

const PLAN = (name: string, hold: string) => `
plan: ${name}
title: A check that is held
hosts: [server]
phases:
  - phase: soak
    steps:
      - { step: up, kind: command, script: touch /srv/${name}, undo: rm -f /srv/${name}, verify: test -e /srv/${name} }
      - { step: stays-up, kind: command, verify: test -e /srv/${name}, hold: ${hold} }
`

const start = async (name: string, hold: string) =>
  await stage.start(await stage.plan(name, PLAN(name, hold)), { id: name })
const said = async (...words: readonly string[]) => (await stage.cli(...words)).stdout
const until = async (holds: () => Promise<boolean>) => {
  for (let waited = 0; !(await holds()); waited += 1) {
    if (waited > 200) throw new Error('it does not get there')
    await wait(300)
  }
}
/** How many commands of the step that is held left a receipt on the host. */
const receipts = async (name: string) =>
  Number(await stage.testHost.must(`cd /var/lib/reinstate/runs && ls -d *_${name}_* 2>/dev/null | wc -l`))

describe('a check that is held on a host', () => {
  it('goes on after the worker was killed, shows how far it is, counts a failed verification, and leaves no receipt', async () => {
    const run = await start('held', '{ for: 40 seconds, every: 1 seconds, tolerate: 20 }')
    await until(async () => /held: ([3-9]|1\d) of 40 verifications/.test(await said('status', 'held')))
    await stage.testHost.must('mv /srv/held /srv/away && sleep 3 && mv /srv/away /srv/held')
    await until(async () => /verifications, [1-9] failed/.test(await said('status', 'held')))
    const before = Number(/held: (\d+) of/.exec(await said('status', 'held'))?.[1])
    // The server keeps heartbeats some seconds late.
    await wait(10_000)
    await stage.worker.kill('SIGKILL')
    await stage.worker.start()
    await run.result()
    expect(before).toBeGreaterThan(3)
    const shown = await said('show', 'held')
    expect(shown).toMatch(/40 verifications in 40 s, [1-9] failed \(20 may fail\), for \d+ s at most/)
    const log = await said('logs', 'held')
    expect(log).toContain('from now on verified every 1 s for 40 s; 20 verifications may fail')
    expect(log).toMatch(/soak\/stays-up: done in .*: held: 40 of 40 verifications/)
    // That of the first verification, which is no part of the hold.
    expect(await receipts('stays-up')).toBe(1)
  })

  it('fails as soon as it is wrong more often than is tolerated; a retry holds it anew', async () => {
    const run = await start('broken', '{ for: 12 seconds, every: 1 seconds, tolerate: 1 }')
    await until(async () => /held: [1-9]\d* of 12 verifications/.test(await said('status', 'broken')))
    await stage.testHost.must('mv /srv/broken /srv/gone')
    const decision = await openDecision(run)
    expect(decision).toMatchObject({ decision: 'failed/stays-up~1', kind: 'failed-step' })
    expect(decision.happened).toMatch(/2 of \d+ verifications failed, 1 may fail; the first at 2/)
    await stage.testHost.must('mv /srv/gone /srv/broken')
    await decide(run, decision, 'retry')
    await run.result()
    expect(await said('show', 'broken')).toContain('12 verifications in 12 s, none failed (1 may fail)')
  })

  it('is seen in the preview, and ends with a cancel', async () => {
    const folder = await stage.plan('previewed', PLAN('previewed', '{ for: 2 days, every: 1 minutes }'))
    expect(await said('preview', folder)).toContain('verified every 1 min for 2 days; none may fail')
    const run = await stage.start(folder, { id: 'previewed' })
    await until(async () => (await said('status', 'previewed')).includes('holding'))
    await run.cancel()
    await expect(run.result()).rejects.toThrow()
    expect((await stage.testHost.exec('test -e /srv/previewed')).exitCode).toBe(1)
  })
})
