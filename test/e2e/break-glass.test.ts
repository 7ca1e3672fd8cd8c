import { existsSync } from 'node:fs'
import { copyFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageFolder } from '../../src/config.ts'
import { layGuestbook } from '../../testbed/guestbook.ts'
import type { GuestbookFacts } from '../../testbed/guestbook.ts'
import { inDepth, itInDepth } from '../depth.ts'
import { newMachine, tellOfGuestbookUndoneByHand } from './guestbook-by-hand.ts'
import type { NewMachine } from './guestbook-by-hand.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { openDecision } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'

let stage: Stage
let facts: GuestbookFacts
let machine: NewMachine
beforeAll(async () => {
  stage = await openStage({ hosts: '  local: { local: true }' })
  facts = await layGuestbook(stage.testHost)
  machine = await newMachine(stage)
})
afterAll(() => stage.close())

const onNewMachine = (...words: readonly string[]) => machine.reinstate(words)
/** Somebody sits at a terminal and types, each line when its question stands there. */
const atTerminal = async (
  words: readonly string[],
  answers: readonly (readonly [string, string])[],
  more: Readonly<Record<string, string>> = {},
) => {
  const line = [process.execPath, packageFolder('bin', 'reinstate'), ...words].join(' ')
  const child = execa('script', ['-qec', line, '/dev/null'], {
    env: { ...machine.environment, ...more },
    reject: false,
  })
  let shown = ''
  let from = 0
  const open = [...answers]
  child.stdout.on('data', (bytes: Buffer) => {
    shown += bytes.toString()
    const [question, answer] = open[0] ?? ['\0', '']
    const at = shown.indexOf(question, from)
    if (at < 0) return
    from = at + question.length
    open.shift()
    child.stdin.write(`${answer}\n`)
  })
  const { exitCode } = await child
  return { exitCode, text: shown, unasked: open.map(([question]) => question) }
}

/** Steps that each make a file of their own, then one that fails. */
const PLAN = (name: string, hosts: string, steps: readonly string[], more = '') => `
plan: ${name}
title: A run whose Temporal is lost
hosts: [${hosts}]
${more}
phases:
  - phase: work
    steps:${steps.join('')}
      - { step: fails, kind: command, script: exit 1, cannotUndo: it does nothing, noProof: it fails }
`
const MAKES = (id: string, undo = `rm -f /srv/${id}`, more = '') => `
      - step: ${id}
        kind: command
        script: touch /srv/${id}
        undo: ${undo}
        verify: test -e /srv/${id}
        ${more}`

async function failed(name: string, yaml: string) {
  const run = await stage.start(await stage.plan(name, yaml), { id: name })
  await openDecision(run, 150)
  return run
}
const exists = async (path: string) => (await stage.testHost.exec(`test -e ${path}`)).exitCode === 0

// Before anything of it runs; while the old stack is down; at its end. After every step: test/faults.
tellOfGuestbookUndoneByHand(inDepth(['site', 'stop-old', 'live'], ['stop-old']), () => ({
  stage,
  facts,
  machine,
}))

describe('what the host keeps', () => {
  it('is listed and undone once; the lock of the dead run is taken over and logged', async () => {
    const run = await failed('listed', PLAN('listed', 'server', [MAKES('one'), MAKES('two')]))
    const { exitCode, stdout } = await onNewMachine('rollback', '--from-host', 'server')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^listed +listed +\S+ \S+ +server +2 +0 +holds the lock$/m)
    expect(stdout).toContain('next: reinstate rollback listed --from-host server')

    const unasked = await onNewMachine('rollback', 'listed', '--from-host', 'server')
    expect(unasked.exitCode).toBe(2)
    expect(unasked.text).toContain('no terminal to ask')
    expect(await exists('/srv/one')).toBe(true)

    const done = await onNewMachine('rollback', 'listed', '--from-host', 'server', '--yes', '--by', 'Ada')
    expect(done.text).toContain('undone: two, one')
    expect(done.text).toContain('left behind: exit 1: it does nothing')
    expect(await exists('/srv/one')).toBe(false)
    expect(await stage.testHost.must('cat /var/lib/reinstate/unlocked.log')).toMatch(
      /Z Ada rolls back listed by hand; it was held by /,
    )
    const again = await onNewMachine('rollback', 'listed', '--from-host', 'server', '--yes')
    expect(again.text).toContain('undone before: one, two')
    expect(again.text).toContain('nothing is left to undo')
    await run.terminate('undone by hand')
  })

  it('is not undone while Temporal says that the run is open', async () => {
    const run = await failed('still-open', PLAN('still-open', 'server', [MAKES('open')]))
    const refused = await stage.cli('rollback', 'still-open', '--from-host', 'server', '--yes')
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain('still-open is open at')
    expect(refused.stderr).toContain('reinstate cancel still-open')
    expect(await exists('/srv/open')).toBe(true)
    await run.terminate('enough')
  })

  itInDepth('is not undone while another run holds the lock of the stack', async () => {
    const first = await failed('beneath', PLAN('beneath', 'server', [MAKES('beneath')], 'stack: shared'))
    await first.terminate('its Temporal is gone')
    const second = await failed('above', PLAN('above', 'server', [MAKES('above')], 'stack: shared'))
    const { exitCode, text } = await onNewMachine('rollback', 'beneath', '--from-host', 'server', '--yes')
    expect(exitCode).toBe(1)
    expect(text).toContain('above')
    expect(text).toContain('reinstate unlock')
    expect(await exists('/srv/beneath')).toBe(true)
    await second.terminate('enough')
  })
})

describe('an undo that fails', () => {
  const WAITS = MAKES('waits', 'test -e /srv/help && rm -f /srv/waits')

  it('without a terminal ends the rollback, which undoes nothing that the step depends on and can continue later', async () => {
    const run = await failed('fails-unwatched', PLAN('fails-unwatched', 'server', [MAKES('base'), WAITS]))
    const first = await onNewMachine('rollback', 'fails-unwatched', '--from-host', 'server', '--yes')
    expect(first.exitCode).toBe(4)
    expect(first.text).toMatch(/not undone: waits: .*\n {2}not started: base\n/)
    expect(await exists('/srv/base')).toBe(true)
    await stage.testHost.must('touch /srv/help')
    const second = await onNewMachine('rollback', 'fails-unwatched', '--from-host', 'server', '--yes')
    expect(second.text).toContain('undone: waits, base')
    expect(second.exitCode).toBe(0)
    expect(await exists('/srv/base')).toBe(false)
    await stage.testHost.must('rm /srv/help')
    await run.terminate('undone by hand')
  })

  itInDepth('asks at a terminal: retries after a fix, or leaves the step as it is', async () => {
    const run = await failed(
      'fails-watched',
      PLAN('fails-watched', 'server', [MAKES('base'), WAITS, MAKES('stays', 'exit 1')]),
    )
    const { text, unasked } = await atTerminal(
      ['rollback', 'fails-watched', '--from-host', 'server'],
      [
        ['undo these steps of fails-watched (yes or no)? ', 'yes'],
        ['take its lock over (yes or no)? ', 'yes'],
        ['retry, skip or leave? ', 'retry'],
        ['retry, skip or leave? ', 'skip'],
        ['retry, skip or leave? ', 'leave'],
      ],
    )
    expect(unasked).toEqual([])
    expect(text).toContain('not undone: stays')
    expect(text).toContain('not started: base')
    const skipped = await onNewMachine(
      ...[
        'rollback',
        'fails-watched',
        '--from-host',
        'server',
        '--yes',
        '--skip',
        'stays',
        '--skip',
        'waits',
      ],
    )
    expect(skipped.exitCode).toBe(1)
    expect(skipped.text).toContain('undone: base')
    expect(await exists('/srv/base')).toBe(false)
    expect(await exists('/srv/stays')).toBe(true)
    await stage.testHost.must('rm -f /srv/stays /srv/waits')
    await run.terminate('undone by hand')
  })

  it('for a missing secret names it, and continues once its file is given', async () => {
    const secrets = join(stage.folder, 'token.env')
    await writeFile(secrets, 'TOKEN=open-sesame\n', { mode: 0o600 })
    const uses = MAKES(
      'uses',
      'test "$TOKEN" = open-sesame && rm -f /srv/uses',
      'environment: { TOKEN: "${{ secrets.TOKEN }}" }',
    )
    const run = await failed(
      'wants-secret',
      PLAN('wants-secret', 'server', [uses], `secrets: { file: ${secrets}, require: [TOKEN] }`),
    )
    const kept = join(stage.folder, 'kept.env')
    await copyFile(secrets, kept)
    await rm(secrets)
    const without = await onNewMachine('rollback', 'wants-secret', '--from-host', 'server', '--yes')
    expect(without.exitCode).toBe(4)
    expect(without.text).toContain(`may need secrets (--secrets FILE; the run had ${secrets}): uses`)
    expect(without.text).toContain('undoing this needs the secret TOKEN')
    const words = ['rollback', 'wants-secret', '--from-host', 'server', '--yes', '--secrets', kept]
    expect((await onNewMachine(...words)).text).toContain('undone: uses')
    expect(await exists('/srv/uses')).toBe(false)
    await run.terminate('undone by hand')
  })
})

describe('a machine without the key of the workers', () => {
  it('shows each undo, and carries out those that are confirmed', async () => {
    const run = await failed('keyless', PLAN('keyless', 'server', [MAKES('agreed'), MAKES('declined')]))
    await run.terminate('its Temporal is gone')
    const noKey = { REINSTATE_KEY: join(stage.folder, 'no-key') }
    const words = ['rollback', 'keyless', '--from-host', 'server', '--yes']
    const refused = await machine.reinstate(words, noKey)
    expect(refused.exitCode).toBe(2)
    expect(refused.text).toContain('reinstate key import')
    expect((await machine.reinstate([...words, '--unsigned'], noKey)).exitCode).toBe(2)
    expect(await exists('/srv/agreed')).toBe(true)
    const { text, unasked } = await atTerminal(
      [...words, '--unsigned'],
      [
        ['undo declined on server so (yes or no)? ', 'no'],
        ['undo agreed on server so (yes or no)? ', 'yes'],
      ],
      noKey,
    )
    expect(unasked).toEqual([])
    expect(text).toContain('rm -f /srv/declined')
    expect(await exists('/srv/declined')).toBe(true)
    expect(await exists('/srv/agreed')).toBe(false)
    await stage.testHost.must('rm -f /srv/declined')
  })
})

describe('a run over several hosts', () => {
  it('is rolled back in part only if the operator names the missing host', async () => {
    const home = join(stage.folder, 'at-home')
    const atHome = `
      - step: at-home
        kind: command
        host: local
        script: touch ${home}
        undo: rm -f ${home}
        verify: test -e ${home}`
    const yaml = PLAN('two-hosts', 'server, local', [MAKES('away'), atHome], 'defaults: { host: server }')
    const run = await failed('two-hosts', yaml)
    // On another machine, "local" is another host: what the run did on its own is not known there.
    const words = ['rollback', 'two-hosts', '--from-host', 'server', '--yes']
    const refused = await onNewMachine(...words)
    expect(refused.exitCode).toBe(2)
    expect(refused.text).toContain('local: there is no trace of two-hosts on local')
    expect(await exists('/srv/away')).toBe(true)
    const partly = await onNewMachine(...words, '--without', 'local')
    expect(partly.text).toContain('undone: away')
    expect(partly.text).toContain('excluded: local')
    expect(await exists('/srv/away')).toBe(false)
    expect(existsSync(home)).toBe(true)
    // Where it is the same machine, both are undone.
    const whole = await machine.reinstate(words, { REINSTATE_LOCAL_ROOT: join(stage.folder, 'local') })
    expect(whole.text).toContain('undone: at-home')
    expect(existsSync(home)).toBe(false)
    await run.terminate('undone by hand')
  })
})

describe('Temporal and the worker are lost for good while a command runs', () => {
  it('stops the command, then undoes everything', async () => {
    const slow = `
      - step: slow
        kind: command
        script: touch /srv/slow; sleep 600
        undo: rm -f /srv/slow
        verify: test -e /srv/slow`
    const path = await stage.plan('killed', PLAN('killed', 'server', [MAKES('first'), slow]))
    await stage.start(path, { id: 'killed' })
    await stage.testHost.must('timeout 60 sh -c "until test -e /srv/slow; do sleep 0.1; done"')
    await stage.worker.kill('SIGKILL')
    await stage.server.kill()
    const { exitCode, text } = await onNewMachine('rollback', 'killed', '--from-host', 'server', '--yes')
    expect(text).toMatch(/still runs on server, and will be stopped first: \S+_work_slow_1_\S+/)
    expect(text).toContain('undone: slow, first')
    expect(exitCode).toBe(0)
    expect((await stage.testHost.exec('pgrep -f "[s]leep 600"')).exitCode).toBe(1)
    expect(await exists('/srv/slow')).toBe(false)
    expect(await exists('/srv/first')).toBe(false)
  })
})
