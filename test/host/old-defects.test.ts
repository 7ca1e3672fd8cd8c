import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { framedInput } from '../../src/host/order-input.ts'
import { makeLocal, shells } from './local.ts'
import type { Local } from './local.ts'

// The defects that the prototype's harness found. Each has come back once in somebody's rewrite.
describe.each(shells)('under %s', (shell) => {
  let local: Local
  let script: string
  beforeEach(() => {
    local = makeLocal(shell)
    script = join(local.root, 'bin', 'script')
    mkdirSync(join(local.root, 'bin'), { recursive: true })
    copyFileSync(join(import.meta.dirname, '../../src/host/remote-run.sh'), script)
  })
  afterEach(() => local.remove())

  const token = 'w_a_b_1_c'
  const receipt = (): string => join(local.root, 'runs', token)

  function call(words: readonly string[], input = ''): string {
    const env = {
      PATH: `${join(local.directory, 'bin')}:/usr/bin:/bin`,
      REINSTATE_BOOT_ID_FILE: local.bootIdFile,
    }
    const request = `nonce ${words.join(' ')}\n${input}`
    return spawnSync('sh', [script, 'serve'], { input: request, env, encoding: 'utf8' }).stdout
  }

  function makeReceipt(owner: string): void {
    mkdirSync(receipt(), { recursive: true })
    for (const [name, text] of Object.entries({ owner, script: 'true', started: '', out: '', err: '' })) {
      writeFileSync(join(receipt(), name), text)
    }
  }

  it('a connection cut anywhere in the input runs nothing, and no empty script reports 0', () => {
    const effect = join(local.directory, 'effect')
    const whole = framedInput({ environment: 'export A=1\n', journal: '{}', script: `echo x >${effect}` })
    for (let length = 0; length < whole.length - 1; length += 3) {
      expect(call(['run', token, '10', '1000'], whole.slice(0, length))).toContain('state short-input')
    }
    expect(
      call(['run', token, '10', '1000'], framedInput({ environment: '', journal: '', script: '' })),
    ).toContain('short-input')
    expect(existsSync(effect)).toBe(false)
    expect(existsSync(receipt())).toBe(false)
    expect(call(['run', token, '10', '1000'], whole)).toContain('state exited 0 0 0')
  })

  it.each(['0', '1', '', 'x'])(
    'an owner that says session "%s" is nobody, not the kernel nor init',
    (session) => {
      makeReceipt(`supervisor ${session} 1 boot-1\n`)
      expect(call(['cancel', token, '1'])).toContain('state interrupted')
    },
  )

  it('a zombie is dead, though kill -0 says that it lives', () => {
    // The shell's child has ended, and the shell has become a sleep that never asks for it.
    const made = spawnSync(
      'bash',
      ['-c', 'sh -c "sleep 0.1 & exec sleep 3" >/dev/null 2>&1 & sleep 0.5; pgrep -P $!'],
      { encoding: 'utf8' },
    )
    const zombie = made.stdout.trim()
    const stat = readFileSync(`/proc/${zombie}/stat`, 'utf8')
    expect(stat).toContain(') Z ')
    makeReceipt(`supervisor ${zombie} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]} boot-1\n`)
    expect(call(['status', token])).toMatch(/state (interrupted|orphaned)/)
  })

  it('a command that was claimed and not begun is not begun by a second call either', () => {
    makeReceipt('supervisor 999999 1 boot-1\n')
    rmSync(join(receipt(), 'started'))
    expect(call(['status', token])).toContain('state not-started')
    expect(
      call(['run', token, '10', '1000'], framedInput({ environment: '', journal: '', script: 'true' })),
    ).toContain('state not-started')
  })

  it('an owner file that a power cut left empty makes a begun command interrupted, not fresh', () => {
    makeReceipt('')
    expect(call(['status', token])).toContain('state interrupted-reboot')
  })

  it('half of the script itself does nothing at all', () => {
    const text = readFileSync(script, 'utf8')
    for (const part of [0.2, 0.5, 0.8, 0.99]) {
      writeFileSync(script, text.slice(0, Math.floor(text.length * part)))
      call(['run', token, '10', '1000'], framedInput({ environment: '', journal: '', script: 'true' }))
      expect(readdirSync(local.root)).toEqual(['bin'])
    }
  })
})
