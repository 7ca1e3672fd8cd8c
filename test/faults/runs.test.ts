import { cp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openStage } from '../../testbed/run-stage.ts'
import { decide, failureOf, openDecision, statusOf, until } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())
beforeEach(async () => {
  await stage.testHost.must('rm -f /var/tmp/ran')
})

const COUNTED = (name: string, seconds: number, more = '') => `
plan: ${name}
title: A command that counts how often it ran
hosts: [server]
phases:
  - phase: work
    steps:
      - step: counted
        kind: command
        script: |
          echo ran >> /var/tmp/ran
          sleep ${seconds}
          touch /var/tmp/${name}-done
        undo: rm -f /var/tmp/${name}-done
        verify: test -e /var/tmp/${name}-done
${more}`
const start = async (name: string, yaml: string) =>
  await stage.start(await stage.plan(name, yaml), { id: name })
const appears = async (test: string) => {
  await stage.testHost.must('timeout 120 sh -c "until $TEST; do sleep 0.05; done"', { env: { TEST: test } })
}
const ran = async () => (await stage.testHost.must('cat /var/tmp/ran')).split('\n').length

describe('fault 2: a worker is frozen and comes back', () => {
  it('another worker finishes its activity; the late result of the first is refused, and the effect occurs once', async () => {
    const run = await start('zombie', COUNTED('zombie', 20))
    await appears('test -s /var/tmp/ran')
    const zombie = stage.worker.freeze()
    await stage.worker.start()
    expect(await run.result()).toMatchObject({ state: 'done' })
    process.kill(zombie, 'SIGCONT')
    // It reads what its command recorded, and tells Temporal, which has moved on.
    await wait(5000)
    process.kill(zombie, 'SIGKILL')
    expect(await ran()).toBe(1)
    const { events } = await run.fetchHistory()
    expect(events?.filter((event) => event.workflowExecutionCompletedEventAttributes)).toHaveLength(1)
  })
})

describe.each([
  {
    fault: 'its supervisor is killed',
    cut: () =>
      stage.testHost.must(`
for owner in /var/lib/reinstate/runs/*/owner.*; do
  [ -e "\${owner%/*}/started" ] && ! ls "\${owner%/*}" | grep -q ^exit || continue
  pid=\${owner##*/owner.} pid=\${pid%%.*}
  kill -9 $pid \$(ps -o pid= -s $pid) 2> /dev/null || :
done`),
    says: 'its supervising process was killed while it ran',
  },
  {
    fault: 'the host loses its power',
    cut: () => stage.testHost.restart({ powerLoss: true }),
    says: 'the host rebooted while it ran',
  },
])('a command without a verification is interrupted: $fault', ({ fault, cut, says }) => {
  it('does not count as done: the run asks, and shows what happened and the last output', async () => {
    const name = `mails-${fault.length}`
    const yaml = `
plan: ${name}
title: A command that nothing proves
hosts: [server]
phases:
  - phase: work
    steps:
      - step: mails
        kind: command
        script: echo ran >> /var/tmp/ran; echo mail 26 of 90 sent; sync; sleep 600
        cannotUndo: a mail that was sent is sent
        noProof: the mails are with others
`
    const run = await start(name, yaml)
    await appears('test -s /var/tmp/ran')
    await cut()
    const decision = await openDecision(run, 120)
    expect(decision.kind).toBe('unknown-outcome')
    const shown = decision.shows.join('\n')
    expect(shown).toContain(says)
    expect(shown).toContain('mail 26 of 90 sent')
    expect(await ran()).toBe(1)
    await decide(run, decision, 'stop')
    expect((await failureOf(run)).type).not.toBe('')
  })
})

describe('fault 14: the engine is frozen', () => {
  it('a command that waits for it times out, the run asks once and undoes nothing, and a retry succeeds', async () => {
    const yaml = `
plan: engine
title: A command that needs the engine
hosts: [server]
phases:
  - phase: work
    steps:
      - { step: before, kind: command, script: touch /srv/before, undo: rm -f /srv/before, verify: test -e /srv/before }
      - step: engine
        kind: command
        script: touch /srv/asking; while ! test -e /srv/stopped; do sleep 0.1; done; docker ps
        timeout: 30 seconds
        idempotent: true
        cannotUndo: it only asks
        noProof: it only asks
`
    const run = await start('engine', yaml)
    await appears('test -e /srv/asking')
    await stage.testHost.must('pkill -STOP -x dockerd; touch /srv/stopped')
    const hung = await stage.testHost.exec('timeout 3 docker ps')
    expect(hung.exitCode).toBe(124)
    const decision = await openDecision(run, 120)
    expect(decision.shows.join('\n')).toContain('timeout')
    expect((await stage.testHost.exec('test -e /srv/before')).exitCode).toBe(0)
    await stage.testHost.must('pkill -CONT -x dockerd')
    await decide(run, decision, 'retry')
    expect(await run.result()).toMatchObject({ state: 'done' })
  })
})

describe('fault 15: a service that flaps', () => {
  it('does not count as healthy: successes in a row are counted, and the step fails at its deadline', async () => {
    const yaml = `
plan: flapping
title: A probe of what flaps
hosts: [server]
phases:
  - phase: work
    onFailure: rollback
    steps:
      - step: flaps
        kind: http-probe
        url: http://127.0.0.1:8090/
        passes: 3
        everySeconds: 1
        within: 15 seconds
`
    // Answers every other question well.
    await stage.testHost.must(FLAPPING)
    const run = await start('flapping', yaml)
    expect((await failureOf(run)).message).toContain('did not answer as expected within 15 s')
    const codes = (await stage.testHost.must('cat /var/tmp/flaps')).split('\n')
    expect(codes.filter((code) => code === '200').length).toBeGreaterThan(2)
    expect(codes).toContain('503')
  })
})

const FLAPPING = `
cat >/var/tmp/flapping.py <<'END'
import http.server
count = 0
class Flapping(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global count
        count += 1
        code = 200 if count % 2 else 503
        with open('/var/tmp/flaps', 'a') as log: log.write(f'{code}\\n')
        self.send_response(code)
        self.send_header('Content-Length', '0')
        self.end_headers()
    def log_message(self, *words): pass
http.server.HTTPServer(('127.0.0.1', 8090), Flapping).serve_forever()
END
docker run -d --name flapping --network host -v /var/tmp:/var/tmp --entrypoint python3 testbed/guestbook:1 /var/tmp/flapping.py
timeout 30 sh -c 'until curl -s -o /dev/null http://127.0.0.1:8090/; do sleep 0.2; done'
`

describe('fault 18: a restore of a database is killed', () => {
  it('its target is a fresh volume, the retry is proven, and the live volume is unchanged', async () => {
    await stage.testHost.must(`mkdir -p /backup/big && head -c 300M /dev/urandom >/backup/big/data
      docker volume create live >/dev/null && echo live >"$(docker volume inspect -f '{{.Mountpoint}}' live)/row"`)
    const yaml = `
plan: killed-restore
title: A restore that is killed
hosts: [server]
phases:
  - phase: work
    steps:
      - { step: copy, kind: volume-restore, from: /backup/big, volume: fresh }
`
    const run = await start('killed-restore', yaml)
    await appears('pkill -STOP -x rsync')
    expect(await stage.testHost.must('pkill -KILL -e -x rsync | wc -l')).not.toBe('0')
    const first = await Promise.race([run.result(), openDecision(run).catch(() => undefined)])
    if (first && 'decision' in first) await decide(run, first, 'retry')
    expect(await run.result()).toMatchObject({ state: 'done' })
    const same = `diff -r /backup/big "$(docker volume inspect -f '{{.Mountpoint}}' fresh)"`
    expect(await stage.testHost.must(same)).toBe('')
    expect(await stage.testHost.must(`cat "$(docker volume inspect -f '{{.Mountpoint}}' live)/row"`)).toBe(
      'live',
    )
  })
})

describe("fault 19: Temporal's database is put back to an older copy", () => {
  it('the repeated run attaches by token to what was done: it succeeds, and the effect occurs once', async () => {
    const run = await start('older', COUNTED('older', 15))
    await appears('test -s /var/tmp/ran')
    const home = join(stage.folder, 'home')
    await stage.server.kill()
    const files = (await readdir(home, { recursive: true })).filter((name) => /temporal\.db/.test(name))
    expect(files.length).toBeGreaterThan(0)
    for (const file of files)
      await cp(join(home, file), join(stage.folder, 'older', file), { recursive: true })
    await stage.server.start()
    expect(await run.result()).toMatchObject({ state: 'done' })

    await stage.server.kill()
    for (const file of files) await rm(join(home, file), { force: true })
    for (const file of files)
      await cp(join(stage.folder, 'older', file), join(home, file), { recursive: true })
    await stage.server.start()
    expect((await run.describe()).status.name).toBe('RUNNING')
    expect(await run.result()).toMatchObject({ state: 'done' })
    expect(await ran()).toBe(1)
  })
})

const GATED = `
  - phase: after
    gate: { approvers: anyone, within: 2 seconds, otherwise: reject }
    steps:
      - { step: opened, kind: command, script: touch /srv/opened, undo: rm -f /srv/opened, verify: test -e /srv/opened }
`

describe('fault 21: an approval that comes too late', () => {
  it('is refused as an update, ignored and shown as a signal; the phase behind the gate does not begin', async () => {
    const slow = COUNTED('late', 0, GATED).replace('undo: rm', 'undo: sleep 8; rm')
    const run = await start('late', slow)
    const decision = await openDecision(run)
    await until(run, 'rolling-back')
    await expect(decide(run, decision, 'approve')).rejects.toThrow()
    await run.signal('decide', {
      decision: decision.decision,
      choice: 'approve',
      by: 'late',
      digest: decision.digest,
    })
    expect((await failureOf(run)).type).toBe('RolledBack')
    const { answers } = await statusOf(run)
    expect(answers.filter(({ taken }) => taken)).toMatchObject([{ via: 'timeout' }])
    expect(answers.filter(({ taken }) => !taken)).toMatchObject([{ via: 'signal' }])
    expect((await stage.testHost.exec('test -e /srv/opened')).exitCode).toBe(1)
  })
})

describe('fault 22: a cancel during a rollback in which an undo fails', () => {
  it('the rollback continues and asks; it names what it did not undo, and loses nothing that the step depends on', async () => {
    const yaml = `
plan: cancelled-twice
title: A rollback that is disturbed
hosts: [server]
phases:
  - phase: work
    onFailure: rollback
    steps:
      - { step: base, kind: command, script: touch /srv/base, undo: rm -f /srv/base, verify: test -e /srv/base }
      - { step: stuck, kind: command, script: touch /srv/stuck, undo: "sleep 3; exit 1", verify: test -e /srv/stuck }
      - { step: fails, kind: command, script: exit 1, cannotUndo: it does nothing, noProof: it fails }
`
    const run = await start('cancelled-twice', yaml)
    await until(run, 'rolling-back')
    const rollback = stage.client.workflow.getHandle('cancelled-twice/rollback')
    await expect
      .poll(
        () =>
          rollback.describe().then(
            ({ status }) => status.name,
            () => '',
          ),
        { timeout: 20_000 },
      )
      .toBe('RUNNING')
    await run.cancel()
    await rollback.cancel()
    const decision = await openDecision(rollback)
    expect(decision).toMatchObject({ kind: 'failed-undo', step: 'stuck' })
    expect((await stage.testHost.exec('test -e /srv/base')).exitCode).toBe(0)
    await decide(rollback, decision, 'skip')
    const { message } = await failureOf(rollback)
    expect(message).toContain('rollback incomplete at stuck')
    expect(message).toContain('undone: base')
    expect((await stage.testHost.exec('test -e /srv/stuck')).exitCode).toBe(0)
  })
})
