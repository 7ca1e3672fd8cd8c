import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { command } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import { binding } from './binding.ts'
import { makeLocal } from './local.ts'
import type { Local } from './local.ts'
import { sleep } from '../../testbed/sshd.ts'

// As in a container that was started without an init: all that ends there stays as a zombie.
let local: Local
let outside: ChildProcess
let inside: readonly string[]
beforeEach(async () => {
  local = makeLocal()
  outside = spawn('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', 'sleep', '3600'])
  const children = `/proc/${outside.pid}/task/${outside.pid}/children`
  while (readFileSync(children, 'utf8') === '') await sleep(20)
  const init = readFileSync(children, 'utf8').trim()
  // Its /proc is mounted by then.
  while (readFileSync(`/proc/${init}/comm`, 'utf8') !== 'sleep\n') await sleep(20)
  inside = ['nsenter', '-t', init, '-p', '-m']
})
afterEach(() => {
  outside.kill('SIGKILL')
  local.remove()
})

const atInit = (...words: readonly string[]): string =>
  execFileSync(inside[0] ?? '', [...inside.slice(1), ...words], { encoding: 'utf8' })
const stateOf = (pid: string): string => atInit('cat', `/proc/${pid}/stat`).split(') ')[1]?.[0] ?? ''

async function supervisorOnceItRan(effect: string): Promise<string> {
  while (!existsSync(effect)) await sleep(50)
  const runs = join(local.root, 'runs')
  const [receipt = ''] = readdirSync(runs).filter((name) => name.startsWith('run-'))
  return readFileSync(join(runs, receipt, 'owner'), 'utf8').split(' ')[1] ?? ''
}

it('a supervisor that was killed is a zombie there, and is not taken for alive; nor is what it began', async () => {
  const effect = join(local.directory, 'effect')
  const to = binding()
  const hosts = local.hosts({ launch: [...inside, ...local.environment()], patienceSeconds: 60 })
  const slow = command(sh`printf x >>${effect}; sleep 2; printf x >>${effect}`)
  const failed = hosts
    .bind('here', to)
    .run('copy', slow)
    .catch((thrown: unknown) => thrown)
  const supervisor = await supervisorOnceItRan(effect)
  atInit('kill', '-KILL', supervisor)
  expect(await failed).toMatchObject({ name: 'OutcomeUnknown', data: { state: 'interrupted' } })
  expect(stateOf(supervisor)).toBe('Z')
  expect(readFileSync(effect, 'utf8')).toBe('xx')
  await hosts.close()
})
