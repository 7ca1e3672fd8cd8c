import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Connection, Client } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inDepth, itInDepth } from '../depth.ts'
import { aDesk } from './typing.ts'

// The whole of it on this machine: real server, real worker, real commands on the host `here`. Needs root, as workers do.
const desk = await aDesk()
const place = join(desk.directory, 'made')
const home = join(desk.directory, 'home')
// Its lock on this machine is shared with everyone else who tests here.
const own = `t${process.pid}`

function plan(name: string, last: string): void {
  mkdirSync(join(desk.directory, 'plans'), { recursive: true })
  writeFileSync(
    join(desk.directory, 'plans', `${name}.yaml`),
    `
plan: ${name}
stack: ${own}-${name}
title: Make room, then write
hosts: [here]
phases:
  - phase: prepare
    title: Make room
    steps:
      - { step: rooms, kind: directories, role: Builder, paths: ["${place}/one"] }
  - phase: write
    title: Write
    ${last}
`,
  )
}

const GATED = `gate: { approvers: anyone, within: 1 hour, note: Look at the rooms first }
    steps:
      - { step: letter, kind: command, script: "echo hello > ${place}/one/letter", verify: "test -e ${place}/one/letter", undo: "rm -f ${place}/one/letter" }`
const FAILING = `steps:
      - { step: wrong, kind: command, script: "echo it cannot be >&2; exit 3", noProof: it never ends, undo: "true" }`
const SLOW = `steps:
      - { step: slow, kind: command, script: "sleep 6; touch ${place}/one/late", verify: "test -e ${place}/one/late", undo: "rm -f ${place}/one/late" }`

beforeAll(() => {
  writeFileSync(join(desk.directory, 'inventory.yaml'), 'hosts: { here: { local: true } }\n')
  plan('gated', GATED)
  plan('failing', FAILING)
  plan('slow', SLOW)
})

afterAll(async () => {
  const { details } = record('temporal')
  const connection = await Connection.connect({ address: details['address'] ?? '' })
  for await (const { runId } of new Client({ connection }).workflow.list()) {
    for (const part of ['runs', 'originals']) removeOwn(part, runId)
  }
  // Locks are given back a moment after a run; the machine goes on without waiting for that.
  removeOwn('locks', `l${own}-`)
  await connection.close()
})

describe('a run with a gate', () => {
  it('starts server and worker, follows, and without a terminal leaves the decision open', async () => {
    const { code, out, err } = await desk.type('run', 'gated', '--id', 'g1')
    expect(err).toContain('starting Temporal and a worker in the background')
    expect(err).toMatch(/^run g1\n {2}http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/g1$/m)
    expect(out).toMatch(/prepare\/rooms: done in .*: observed/)
    expect(out).toMatch(/^ +reinstate decide g1 gate\/write approve --digest \w+$/m)
    expect(code).toBe(4)
  })

  it('is first in the list, and shows its decision in full', async () => {
    expect((await desk.type('status')).out.split('\n')[1]).toMatch(/^g1 +waiting-for-decision +gated +here/)
    const { code, out } = await desk.type('status', 'g1')
    expect(out).toContain('  Look at the rooms first')
    expect(code).toBe(4)
    expect(JSON.parse((await desk.type('status', 'g1', '--json')).out)).toMatchObject({
      run: 'g1',
      state: 'waiting-for-decision',
    })
  })

  it('refuses an approval without the current digest, and says why', async () => {
    expect(await desk.type('approve', 'g1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--digest'),
    })
    expect(await desk.type('approve', 'g1', '--digest', 'guess')).toMatchObject({
      code: 2,
      err: expect.stringContaining('the answer was not taken: guess is not the digest of what is shown now'),
    })
    expect(await desk.type('decide', 'g1', 'gate/other', 'approve')).toMatchObject({
      code: 2,
      err: expect.stringContaining('open: gate/write'),
    })
    expect(existsSync(join(place, 'one', 'letter'))).toBe(false)
  })

  it('continues once it is approved, and ends with its evidence', async () => {
    const digest = / --digest (\w+)/.exec((await desk.type('status', 'g1')).out)?.[1] ?? ''
    expect(await desk.type('approve', 'g1', '--digest', digest, '--by', 'dana')).toMatchObject({ code: 0 })
    const { code, out } = await desk.type('status', 'g1', '--follow')
    expect(out).toMatch(/^g1 done in /m)
    expect(out).toMatch(/^\[dana\].*gate\/write/m)
    // What was printed before the gate is not printed again.
    expect(logged(out).join()).not.toContain('prepare/rooms')
    expect(code).toBe(0)
    expect((await desk.type('show', 'g1')).out).toMatch(
      /gate\/write: approve, by dana \(unverified\) \(update\)/,
    )
  })

  it('has its log, also by step', async () => {
    const { out } = await desk.type('logs', 'g1')
    expect(out).toMatch(/^\[Builder\] \[2\S+Z\]: \[COMPLETED\] prepare\/rooms: /m)
    expect(out).toMatch(/^\[dana\] \[2\S+Z\]: \[COMPLETED\] gate\/write: /m)
    expect((await desk.type('logs', 'g1', 'letter')).out).not.toContain('prepare/rooms')
    const lines = out.split('\n')
    expect((await desk.type('logs', 'g1', '-n', '2')).out.split('\n')).toEqual(lines.slice(-2))
    const about = lines.filter((line) => line.includes('rooms'))
    expect((await desk.type('logs', 'g1', '--grep', 'rooms')).out.split('\n')).toEqual(about)
    expect((await desk.type('logs', 'g1', '--since', '2099-01-01')).out).toBe('')
    expect(await desk.type('logs', 'g1', '--grep', '(')).toMatchObject({ code: 2 })
    // It is over, so to follow it ends at once.
    const followed = (await desk.type('logs', 'g1', '--follow', '--json')).out.split('\n')
    expect(followed.map((line) => (JSON.parse(line) as { readonly at: string }).at)).toHaveLength(
      lines.length,
    )
  })

  it('has a report, as Markdown or as files', async () => {
    const { code, out } = await desk.type('report', 'g1')
    expect(code).toBe(0)
    expect(out).toContain('# Make room, then write: done')
    expect(out).toMatch(/\| may "Write" begin\? \| approve \| dana\b/)
    const made = await desk.type('report', 'g1', '--out', join(desk.directory, 'reports'))
    expect(made).toMatchObject({ code: 0, err: expect.stringContaining('g1.html') })
    expect(readdirSync(join(desk.directory, 'reports')).sort()).toEqual(['g1.html', 'g1.md', 'g1.svg'])
    expect(
      await desk.type('report', 'g1', '--html', join(desk.directory, 'inventory.yaml', 'r.html')),
    ).toMatchObject({ code: 2 })
    expect(await desk.type('report', 'nobody')).toMatchObject({ code: 2 })
  })

  it('can be rolled back after its end', async () => {
    const { code, out } = await desk.type('rollback', 'g1', '--reason', 'only a test')
    expect(out).toMatch(
      /^rollback g1\/rollback: rolled-back, \d.*\n {2}letter {2}undone .*\n {2}rooms {3}undone /m,
    )
    expect(out).toMatch(/ {2}undone: letter, rooms {5}left behind: nothing/)
    expect(out).not.toContain('reinstate rollback g1')
    expect(code).toBe(0)
    const list = (await desk.type('status')).out.split('\n').filter((line) => line.startsWith('g1'))
    expect(list).toEqual([expect.stringMatching(/^g1 +rolled-back /)])
    expect(await desk.type('rollback', 'g1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('g1 has nothing to roll back; it is rolled-back'),
    })
    expect(await desk.type('cancel', 'g1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('g1 has ended, so there is nothing to cancel; it is rolled-back'),
    })
    expect(existsSync(join(place, 'one'))).toBe(false)
  })

  it('run --yes › approves in the name of the starter, and prints what it approves', async () => {
    const { code, out, err } = await desk.type('run', 'gated', '--id', 'g2', '--yes', '--by', 'kim')
    expect(err).toContain('kim approves, by --yes:')
    expect(err).toContain('  Look at the rooms first')
    expect(out).toMatch(/^g2 done/m)
    expect(code).toBe(0)
    // The last line of a log is the present state.
    expect(logged(out)).toEqual((await desk.type('logs', 'g2')).out.split('\n').slice(0, -1))
    expect(await desk.type('run', 'gated', '--id', 'g2')).toMatchObject({
      code: 2,
      err: expect.stringContaining('ids are used once'),
    })
  })
})

describe('a run that fails', () => {
  it('shows what each answer does; after the answer rollback the rollback is green and the run red', async () => {
    const failed = await desk.type('run', 'failing', '--id', 'f1')
    expect(failed.out).toContain('it cannot be')
    expect(failed.out).toContain('reinstate decide f1 failed/wrong~1 retry')
    expect(failed.code).toBe(4)
    const { code, out } = await desk.type('rollback', 'f1')
    expect(out).toContain('phase write failed at step wrong: script on here ended with 3: it cannot be')
    expect(out).toContain('  next: reinstate show f1')
    expect(code).toBe(0)
    expect(await desk.type('show', 'f1')).toMatchObject({ code: 1 })
  })

  itInDepth('is rolled back after a cancel', async () => {
    expect(await desk.type('run', 'failing', '--id', 'f2')).toMatchObject({ code: 4 })
    const { code, out } = await desk.type('cancel', 'f2')
    expect(out).toMatch(/^f2 rolled-back/m)
    expect(code).toBe(0)
  })

  itInDepth('accepts an answer while no worker is up', async () => {
    expect(await desk.type('run', 'failing', '--id', 'f3')).toMatchObject({ code: 4 })
    process.kill(record('worker').pid, 'SIGKILL')
    const known = await desk.type('status', 'f3')
    expect(known.code).toBe(3)
    expect(known.out).toMatch(/^worker {3}no worker serves the task queue/m)
    expect(known.out).toMatch(/^ +reinstate decide f3 failed\/wrong~1 retry$/m)
    await desk.type('show', 'f3').then(({ out }) => expect(out).toContain('What happened'))
    const left = await desk.type('decide', 'f3', 'failed/wrong~1', 'rollback', '--by', 'dana')
    expect(left).toMatchObject({ code: 0, err: expect.stringContaining('the answer waits for one') })
    // Whatever is started next brings a worker up.
    expect((await desk.type('preview', 'gated')).code).toBe(0)
    expect((await desk.type('status', 'f3', '--follow')).out).toMatch(/^f3 rolled-back/m)
  })
})

describe('a follower of a run', () => {
  it.each(inDepth(['worker', 'temporal'], ['worker']))(
    'restarts a killed %s, and the run succeeds',
    async (name) => {
      rmSync(place, { recursive: true, force: true })
      const following = desk.type('run', 'slow', '--id', `dies-${name}`)
      await expect.poll(() => existsSync(join(place, 'one')), { timeout: 30_000 }).toBe(true)
      process.kill(record(name).pid, 'SIGKILL')
      const { code, out } = await following
      expect(out).toMatch(new RegExp(`^dies-${name} done`, 'm'))
      expect(code).toBe(0)
      // Each line once, and none is lost.
      const lines = logged(out)
      expect(new Set(lines).size).toBe(lines.length)
      const { out: all } = await desk.type('logs', `dies-${name}`)
      expect(lines).toEqual(expect.arrayContaining(all.split('\n').slice(0, -1)))
    },
  )
})

/** The lines of the log in what a command printed. */
function logged(out: string): string[] {
  return out.split('\n').filter((line) => /^\[[^\]]+\] \[2/.test(line))
}

function record(name: string) {
  // Written by the CLI.
  return JSON.parse(readFileSync(join(home, `${name}.json`), 'utf8')) as {
    pid: number
    details: Record<string, string>
  }
}

/** Takes away what these runs left in the worker's own directory. */
function removeOwn(part: string, beginning: string): void {
  const folder = join('/var/lib/reinstate', part)
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder)) {
    if (entry.startsWith(beginning)) rmSync(join(folder, entry), { recursive: true, force: true })
  }
}
