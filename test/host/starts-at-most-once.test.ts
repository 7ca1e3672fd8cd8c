import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command, question } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import { together } from '../../soak/together.ts'
import { inDepth } from '../depth.ts'
import { binding } from './binding.ts'
import { makeLocal, shells } from '../../testbed/local.ts'
import type { Local } from '../../testbed/local.ts'
import { processes } from '../../testbed/processes.ts'
import type { Process } from '../../testbed/processes.ts'
import { sleep } from '../../testbed/sshd.ts'

describe.each(inDepth(shells, ['dash']))('under %s', (shell) => {
  let local: Local
  beforeEach(() => {
    local = makeLocal(shell)
  })
  afterEach(() => local.remove())

  const effect = (): string => join(local.directory, 'effect')
  const ran = (): number => (existsSync(effect()) ? readFileSync(effect(), 'utf8').length : 0)
  const once = () => command(sh`printf x >>${effect()}; echo done`)

  it('run › 20 simultaneous starts in each of 5 rounds run a command once', async () => {
    const counted = await together({ shell, starts: 20, rounds: 5 })
    expect(counted).toEqual({ starts: 20, rounds: 5, notOnce: 0, notAnswered: 0, unfinished: 0 })
  })

  it('run › a command that was cancelled before it started never starts', async () => {
    const to = binding()
    const hosts = local.hosts()
    const stopped = new AbortController()
    const slow = hosts.bind('here', binding({ ...to, signal: stopped.signal }))
    stopped.abort('stop')
    await expect(slow.run('copy', once())).rejects.toMatchObject({ name: 'AbortError' })
    expect(await outcome(hosts.bind('here', to).run('copy', once()))).toBe('OutcomeUnknown')
    expect(ran()).toBe(0)
    expect((await hosts.receipts('here', to.runToken)).map(({ state }) => state)).toEqual(['tombstoned'])
  })

  it('run › after a clean of the run has begun, its commands are refused, also those that ran before', async () => {
    const to = binding()
    const hosts = local.hosts()
    await hosts.bind('here', to).run('copy', once())
    const cleaning = hosts.bind('here', binding({ ...to, phase: 'run.cleaned', step: 'clean', attempt: 1 }))
    await cleaning.run('begin', command(sh`:`))
    for (const attempt of [to.attempt, 'undo-1'] as const)
      expect(await outcome(hosts.bind('here', binding({ ...to, attempt })).run('copy', once()))).toBe(
        'StepRefused',
      )
    expect((await cleaning.run('remove', once())).stdout).toBe('done\n')
    expect(await outcome(hosts.bind('here', binding()).run('copy', once()))).toBe('done')
    expect(ran()).toBe(3)
  })

  it('run › cancel stops the whole session, and the exit code is "cancelled"', async () => {
    const to = binding()
    const hosts = local.hosts()
    const stopped = new AbortController()
    const host = hosts.bind('here', binding({ ...to, signal: stopped.signal }))
    const long = aboutAMinute()
    const slow = command(
      sh`sleep ${long} & trap 'exit 0' TERM; echo begun >${effect()}; sleep ${long}; sleep 1`,
    )
    const running = host.run('copy', slow)
    const failed = running.catch((error: unknown) => error)
    while (!existsSync(effect())) await sleep(50)
    stopped.abort('stop')
    expect(await failed).toMatchObject({ name: 'AbortError' })
    const again = await hosts
      .bind('here', to)
      .run('copy', slow)
      .catch((error: unknown) => error)
    expect(again).toMatchObject({ name: 'CommandFailed', data: { exit: 'cancelled' } })
    expect(processesWith(long)).toEqual([])
  })

  it('run › a command that was cancelled between claim and start does not start', async () => {
    const to = binding()
    await outcome(local.hosts().bind('here', binding()).run('first', once()))
    rmSync(effect())
    // A slow sync delays the start after the claim.
    writeFileSync(join(local.directory, 'slow-sync'), '#!/bin/sh\nsleep 1.5\n', { mode: 0o755 })
    rmSync(join(local.directory, 'bin', 'sync'), { force: true })
    renameSync(join(local.directory, 'slow-sync'), join(local.directory, 'bin', 'sync'))
    const stopped = new AbortController()
    const hosts = local.hosts({ patienceSeconds: 60 })
    const failed = outcome(hosts.bind('here', binding({ ...to, signal: stopped.signal })).run('copy', once()))
    const claimed = () => readdirSync(join(local.root, 'runs')).some((name) => name.startsWith(to.runToken))
    while (!claimed()) await sleep(5)
    stopped.abort('stop')
    expect(await failed).toBe('AbortError')
    expect((await hosts.receipts('here', to.runToken)).map(({ code }) => code)).toEqual(['cancelled'])
    expect(ran()).toBe(0)
  })

  it('run › flushes a change before it starts and before its end is sent; measure does not', async () => {
    const flushed = join(local.directory, 'flushed')
    rmSync(join(local.directory, 'bin', 'sync'), { force: true })
    const sync = `#!/bin/sh\necho "$@" >>${flushed}\ncat ${effect()} 2>/dev/null >>${flushed}\n:\n`
    writeFileSync(join(local.directory, 'bin', 'sync'), sync, { mode: 0o755 })
    const lines = (): readonly string[] => readFileSync(flushed, 'utf8').trim().split('\n')
    const hosts = local.hosts()
    const to = binding({ journal: '{"seen":1}' })
    const host = hosts.bind('here', to)
    await host.run('copy', once())
    const [ofScript, claim, end, ...more] = lines()
    expect(ofScript).toContain('/bin/')
    expect(claim).toBe('journal.json script . ..')
    expect([end, ...more]).toEqual(['out .', 'x'])
    await host.measure('sum', question(sh`cat ${effect()}`))
    expect(lines()).toHaveLength(4)
  })

  it('run › stopping a command does not stop processes that an earlier command left', async () => {
    const to = binding()
    const hosts = local.hosts()
    const [stays, goes] = [aboutAMinute(), aboutAMinute()]
    const left = await hosts
      .bind('here', to)
      .run('leave', command(sh`sleep ${stays} >/dev/null 2>&1 & echo $!`))
    const slow = command(sh`sleep ${goes}`, { timeoutSeconds: 1 })
    expect(await outcome(hosts.bind('here', to).run('slow', slow))).toBe('CommandFailed')
    expect(processesWith(goes)).toEqual([])
    expect(processesWith(stays)).toHaveLength(1)
    process.kill(Number(left.stdout))
  })

  it('run › an abort for another reason than "stop" leaves the command running', async () => {
    const to = binding()
    const hosts = local.hosts()
    const leaving = new AbortController()
    const slow = command(sh`printf x >>${effect()}; sleep 1.5; echo done`)
    const left = hosts.bind('here', binding({ ...to, signal: leaving.signal })).run('copy', slow)
    const failed = left.catch((error: unknown) => error)
    while (ran() === 0) await sleep(50)
    leaving.abort('worker shutdown')
    expect(await failed).toMatchObject({ name: 'AbortError' })
    expect(await hosts.bind('here', to).run('copy', slow)).toMatchObject({ stdout: 'done\n' })
    expect(ran()).toBe(1)
  })

  it('run › after its timeout a command fails with "timeout", whatever its exit code', async () => {
    const slow = command(sh`trap 'exit 0' TERM; while :; do sleep 0.1; done`, { timeoutSeconds: 1 })
    const error = await local
      .hosts()
      .bind('here', binding())
      .run('copy', slow)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'CommandFailed', data: { exit: 'timeout' } })
  })

  it('run › after the timeout of a command its children that ignore TERM are killed', async () => {
    const long = aboutAMinute()
    const stubborn = command(sh`(trap '' TERM; exec sleep ${long}) & sleep 60`, { timeoutSeconds: 1 })
    expect(await outcome(local.hosts().bind('here', binding()).run('copy', stubborn))).toBe('CommandFailed')
    expect(processesWith(long)).toEqual([])
  })

  it('run › a command above its output cap fails with "overcap"', async () => {
    const loud = command(sh`while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done`, {
      outputCapBytes: 10_000,
    })
    const error = await local
      .hosts()
      .bind('here', binding())
      .run('copy', loud)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'CommandFailed', data: { exit: 'overcap' } })
  })

  it('run › returns the checksum of a long output, and computes none for a short one', async () => {
    const to = binding()
    const host = local.hosts().bind('here', to)
    const kept = (name: string) => join(local.root, 'runs', `${to.runToken}_restore_database_1_${name}`)
    const short = await host.run('short', command(sh`echo done`))
    expect(short.stdoutSha256).toBeUndefined()
    expect(readdirSync(kept('short')).filter((name) => name.startsWith('sum'))).toEqual([])
    const long = sh`i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo line $i; done; echo few words >&2`
    const answer = await host.run('long', command(long))
    const sha256 = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(kept(name), 'out')))
        .digest('hex')
    expect(answer.stdoutSha256).toBe(sha256('long'))
    expect(await host.run('long', command(long))).toEqual(answer)
    const failed = await host.run('fails', command(sh`${long}; exit 3`)).catch((error: unknown) => error)
    expect(failed).toMatchObject({
      data: {
        exit: '3',
        printed: [{ stream: 'stdout', sha256: sha256('fails'), file: join(kept('fails'), 'out') }],
      },
    })
  })

  it('C2 › shows the token of a run in no argument list, except that of the rename that claims it', async () => {
    const log = join(local.directory, 'arguments')
    const bin = join(local.directory, 'bin')
    const real = realpathSync(join(bin, 'sh'))
    const applet = (name: string) => (shell === 'busybox' ? `${real} ${name}` : `/usr/bin/${name}`)
    for (const name of HELPERS) {
      rmSync(join(bin, name), { force: true })
      const program = name === 'sh' && shell !== 'busybox' ? real : applet(name)
      const wrapper = `#!${real}${shell === 'busybox' ? ' sh' : ''}\necho "${name} $*" >>${log}\nexec ${program} "$@"\n`
      writeFileSync(join(bin, name), wrapper, { mode: 0o755 })
    }
    const to = binding({ journal: '{}' })
    const hosts = local.hosts()
    const host = hosts.bind('here', to)
    const long = command(sh`i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo line $i; done; sleep 0.5`)
    await host.run('long', long)
    expect(await outcome(host.run('long', once()))).toBe('TokenConflict')
    await host.measure('sum', question(sh`echo done`))
    const slow = command(sh`echo begun; sleep 60`)
    const stopping = new AbortController()
    const failed = outcome(hosts.bind('here', { ...to, signal: stopping.signal }).run('slow', slow))
    await expect
      .poll(async () => (await hosts.receipts('here', to.runToken)).map(({ state }) => state))
      .toContain('running')
    stopping.abort('stop')
    expect(await failed).toBe('AbortError')
    for (const { token } of await hosts.receipts('here', to.runToken)) await hosts.tail('here', token, 10)
    expect(await hosts.journal('here', to.runToken)).not.toEqual([])
    await hosts.noteRun('here', binding({ runToken: to.runToken }), '{"plan":"x"}')
    expect(await hosts.runNotes('here')).not.toEqual([])
    await hosts.markUndone('here', to)
    await hosts.takeLock('here', { name: 'guestbook', holder: to.runToken })
    const shown = readFileSync(log, 'utf8').split('\n')
    for (const name of ['sh', 'mv', 'sync', 'wc', 'head', 'stat'])
      expect(shown.join('\n')).toContain(`${name} `)
    expect(
      shown.filter((line) => line.includes(to.runToken) && !/^mv -T \S+\/\.stage\.\S+ \S+$/.test(line)),
    ).toEqual([])
  })

  it('run › rejects another script under the same name', async () => {
    const to = binding()
    const host = local.hosts().bind('here', to)
    await host.run('copy', once())
    expect(await outcome(host.run('copy', command(sh`echo other`)))).toBe('TokenConflict')
    expect(await host.run('copy', once())).toMatchObject({ stdout: 'done\n' })
    expect(ran()).toBe(1)
  })

  it('run › is "rewound" before a later attempt, or after markUndone', async () => {
    const to = binding({ attempt: 2 })
    const hosts = local.hosts()
    await hosts.bind('here', to).run('copy', once())
    const rewound = { name: 'OutcomeUnknown', data: { state: 'rewound' } }
    const error = (attempt: number, name: string) =>
      hosts
        .bind('here', binding({ ...to, attempt }))
        .run(name, once())
        .catch((thrown: unknown) => thrown)
    expect(await error(1, 'copy')).toMatchObject(rewound)
    await hosts.markUndone('here', to)
    expect(await error(2, 'copy')).toMatchObject(rewound)
    expect(await error(2, 'another')).toMatchObject(rewound)
    expect(ran()).toBe(1)
    expect(await hosts.bind('here', binding({ ...to, attempt: 3 })).run('copy', once())).toMatchObject({
      exitCode: 0,
    })
    expect(await hosts.bind('here', binding({ ...to, attempt: 'undo-1' })).run('copy', once())).toMatchObject(
      { exitCode: 0 },
    )
  })

  it('run › does not mistake a numeric step id for an attempt', async () => {
    const to = binding({ step: '7', attempt: 1 })
    expect(await local.hosts().bind('here', to).run('copy', once())).toMatchObject({ exitCode: 0 })
  })

  it('run › passes an environment byte for byte, with any variable names', async () => {
    const value = "it's\n\ta \\ $HOME `x` \u00c1\u0081 €\u{1F600}\n"
    const environment = { A: value, RECEIPT: 'r', ROOT: 'r', IFS: ':', command: 'c' }
    const answer = await local
      .hosts()
      .bind('here', binding())
      .run('print', command(sh`printf %s "$A$RECEIPT"`, { environment }))
    expect(answer.stdout).toBe(`${value}r`)
  })

  it('run › passes a large script completely', async () => {
    const large = sh`printf %s ${'á'.repeat(200_000)} | wc -c`
    expect((await local.hosts().bind('here', binding()).run('print', command(large))).stdout.trim()).toBe(
      '400000',
    )
  })
})

it('run › throws HostNotReady if the script cannot be written', async () => {
  const local = makeLocal()
  await local
    .hosts()
    .bind('here', binding())
    .run('first', command(sh`true`))
  mkdirSync(join(local.directory, 'other'))
  writeFileSync(join(local.directory, 'other', 'bin'), '')
  const hosts = local.hosts({ root: join(local.directory, 'other') })
  const error = await hosts
    .bind('here', binding())
    .run('copy', command(sh`true`))
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'HostNotReady' })
  expect(String(error)).toContain('nothing can be written under')
  local.remove()
})

it('run › runs nothing and throws HostNotReady if receipts cannot be written', async () => {
  const local = makeLocal()
  const hosts = local.hosts({ patienceSeconds: 5 })
  await hosts.bind('here', binding()).run('first', command(sh`true`))
  rmSync(join(local.root, 'runs'), { recursive: true })
  writeFileSync(join(local.root, 'runs'), '')
  const effect = join(local.directory, 'ran')
  const error = await hosts
    .bind('here', binding())
    .run('copy', command(sh`touch ${effect}`))
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'HostNotReady' })
  expect(String(error)).toContain('free disk space')
  expect(existsSync(effect)).toBe(false)
  local.remove()
})

/** The programs that remote-run.sh starts. */
const HELPERS = 'cat cmp grep head ln mkdir mv rm setsid sh sha256sum sort stat sync tail tr wc'.split(' ')

async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  )
}

/** A unique duration: these tests may run twice at a time. */
function aboutAMinute(): string {
  return (60 + Math.random()).toFixed(9)
}

function processesWith(part: string): readonly Process[] {
  return processes().filter(({ commandLine }) => commandLine.includes(part))
}
