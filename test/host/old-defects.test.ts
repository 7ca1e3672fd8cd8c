import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { retriedByTemporal, StepRefused } from '../../src/errors.ts'
import { programFor } from '../../src/host/questions.ts'
import { framedInput } from '../../src/host/command-frame.ts'
import { tokenOf } from '../../src/host/token.ts'
import { command, question } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import { itInDepth, inDepth } from '../depth.ts'
import { binding } from './binding.ts'
import { makeLocal, shells } from '../../testbed/local.ts'
import type { Local } from '../../testbed/local.ts'
import { startProcessNamespace } from '../../testbed/process-namespace.ts'
import { startSshd } from '../../testbed/sshd.ts'

// Regressions: seven defects of the prototype. Each came back once in a rewrite.
describe.each(inDepth(shells, ['dash']))('under %s', (shell) => {
  let local: Local
  let script: string
  beforeEach(() => {
    local = makeLocal(shell)
    script = join(local.root, 'bin', 'script')
    mkdirSync(join(local.root, 'bin'), { recursive: true })
    copyFileSync(join(import.meta.dirname, '../../src/host/remote-run.sh'), script)
  })
  afterEach(() => local.remove())

  itInDepth('stops the processes of a question after its timeout, and no others', async () => {
    const hosts = local.hosts()
    const host = hosts.bind('here', binding())
    // No other process sleeps for that long.
    const seconds = 1e6 + process.pid
    const isRunning = () => spawnSync('pgrep', ['-fx', `sleep ${seconds}`]).status === 0
    const other = host.ask(question(sh`sleep 7.1; echo whole`))
    await expect(
      host.ask(question(sh`(trap '' TERM; sleep ${seconds}); true`, { timeoutSeconds: 1 })),
    ).rejects.toThrow(/timeout/)
    await expect.poll(isRunning, { timeout: 10_000 }).toBe(false)
    expect(await other).toBe('whole\n')
    await hosts.close()
  })

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

  const framed = (text: string): string => framedInput({ environment: '', journal: '', script: text })

  function makeReceipt(owner?: string): void {
    mkdirSync(receipt(), { recursive: true })
    writeFileSync(join(receipt(), 'script'), 'true')
    const empty = owner === undefined ? [] : [`owner.${owner}`]
    for (const name of [...empty, 'started', 'out', 'err']) writeFileSync(join(receipt(), name), '')
  }

  it('1: runs nothing after a connection cut anywhere in the input, nor an empty script', () => {
    const effect = join(local.directory, 'effect')
    const whole = framedInput({ environment: 'export A=1\n', journal: '{}', script: `echo x >${effect}` })
    for (let length = 0; length < whole.length - 1; length += 3) {
      expect(call(['run', token, '10', '1000'], whole.slice(0, length))).toContain('state short-input')
    }
    expect(call(['run', token, '10', '1000'], framed(''))).toContain('short-input')
    expect(existsSync(effect)).toBe(false)
    expect(existsSync(receipt())).toBe(false)
    expect(call(['run', token, '10', '1000'], whole)).toContain('state exited 0 0 0')
  })

  // Only status, never cancel: without the guard, a cancel would kill kernel threads and init.
  it.each(['0', '1', '', 'x'])(
    '2: does not treat session "%s" in an owner as the session of a supervisor',
    (session) => {
      makeReceipt(`${session}.1.boot-1`)
      expect(call(['status', token])).toMatch(/state interrupted(-reboot)? -/)
    },
  )

  it('does not stop an unrelated session that has the PID of a dead supervisor', async () => {
    // Leads its own session, as a service does, and has no token.
    const other = spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], {
      ...{ detached: true, env: { PATH: '/usr/bin:/bin' }, stdio: ['ignore', 'pipe', 'ignore'] },
    })
    onTestFinished(() => void process.kill(-(other.pid ?? 0), 'SIGKILL'))
    const [printed] = await once(other.stdout, 'data')
    const child = Number(String(printed).trim())
    makeReceipt(`${other.pid}.1.boot-1`)
    expect(call(['status', token])).toContain('state interrupted -')
    expect(call(['cancel', token, '0'])).toContain('state interrupted -')
    expect(process.kill(child, 0)).toBe(true)
    expect(other.exitCode ?? other.signalCode).toBe(null)
  })

  it('3: treats a zombie as dead, although kill -0 succeeds', async () => {
    // When it ends, its parent has become a sleep, which does not wait for it.
    const ends = 'until read -r name </proc/$$/comm && [ "$name" = sleep ]; do sleep 0.05; done'
    const parent = spawn('sh', ['-c', `(${ends}) & echo $!; exec sleep 600`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    try {
      const [printed] = await once(parent.stdout, 'data')
      const zombie = String(printed).trim()
      const stat = (): readonly string[] =>
        (readFileSync(`/proc/${zombie}/stat`, 'utf8').split(') ')[1] ?? '').split(' ')
      await expect.poll(() => stat()[0], { timeout: 60_000 }).toBe('Z')
      expect(process.kill(Number(zombie), 0)).toBe(true)
      makeReceipt(`${zombie}.${stat()[19]}.boot-1`)
      expect(call(['status', token])).toContain('state interrupted -')
    } finally {
      parent.kill('SIGKILL')
    }
  })

  it('5: ignores output of login scripts that looks like an answer, and reports a slow login', async () => {
    const login = join(local.directory, 'login')
    const lines = [
      '#!/bin/sh',
      "printf 'begun\\nstate exited 0 0 0\\nno newline'",
      'echo oops >&2',
      'exec "$@"',
    ]
    writeFileSync(login, `${lines.join('\n')}\n`, { mode: 0o755 })
    const hosts = local.hosts({ launch: [login, ...local.environment()], patienceSeconds: 60 })
    const answer = await hosts.bind('here', binding()).run('copy', command(sh`echo done; exit 0`))
    expect(answer).toMatchObject({ stdout: 'done\n', stderr: '' })
    await hosts.close()
    writeFileSync(login, '#!/bin/sh\nsleep 2.2\nexec "$@"\n')
    const slow = local.hosts({ launch: [login, ...local.environment()], patienceSeconds: 60 })
    const error = await slow.check('here', binding()).catch(String)
    expect(error).toMatch(/login shell takes [\d.]+ s/)
    await slow.close()
  })

  it('6: records the exit code on a full disk by renaming the spare file', () => {
    // Writing through the link fails, as on a full disk; a rename over it succeeds.
    const ended = call(
      ['run', token, '10', '1000'],
      framed(`ln -s ${join(local.root, 'nowhere', 'file')} ${join(receipt(), 'exit.0')}`),
    )
    expect(ended).toContain('state exited 0 0 0')
  })

  it('does not start a claimed command that never began', () => {
    makeReceipt('999999.1.boot-1')
    rmSync(join(receipt(), 'started'))
    expect(call(['status', token])).toContain('state not-started')
    expect(call(['run', token, '10', '1000'], framed('true'))).toContain('state not-started')
  })

  it('reports a begun command without an owner, lost in a power cut, as interrupted', () => {
    makeReceipt()
    expect(call(['status', token])).toContain('state interrupted-reboot')
  })

  it('does nothing if remote-run.sh is cut anywhere', () => {
    const text = readFileSync(script, 'utf8')
    for (const part of [0.2, 0.5, 0.8, 0.99]) {
      writeFileSync(script, text.slice(0, Math.floor(text.length * part)))
      call(['run', token, '10', '1000'], framed('true'))
      expect(readdirSync(local.root)).toEqual(['bin'])
    }
  })
})

it('4: retries an error that ssh2 calls fatal', async () => {
  const garbled = createServer((socket) => {
    socket.on('error', () => {})
    // An incomplete offer of algorithms (message 20).
    const offer = [0, 0, 0, 12, 4, 20, ...Array<number>(10).fill(0)]
    socket.write(Buffer.concat([Buffer.from('SSH-2.0-garbled\r\n'), Buffer.from(offer)]))
  })
  garbled.listen(0, '127.0.0.1')
  onTestFinished(() => void garbled.close())
  await once(garbled, 'listening')
  const address = garbled.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = new ssh2.Client()
  client.connect({ host: '127.0.0.1', port, username: 'nobody', password: 'none' })
  expect((await once(client, 'error'))[0]).toMatchObject({ fatal: true })
  const sshd = await startSshd()
  onTestFinished(() => sshd.remove())
  const hosts = sshd.hosts({ entry: { port, hostKey: sshd.hostKey }, patienceSeconds: 1 })
  const error = await hosts
    .bind('server', binding())
    .ask(question(sh`true`))
    .catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ name: 'HostUnreachable' })
  expect(retriedByTemporal['HostUnreachable']).toBe(true)
  await hosts.close()
})

it('7: run w with step 20 and run w2 with step 0 have different tokens', () => {
  const of = { phase: 'p', attempt: 1, name: 'n' }
  const one = tokenOf({ ...of, runToken: 'w', phase: '20', step: 's' })
  expect(tokenOf({ ...of, runToken: 'w2', phase: '0', step: 's' })).not.toBe(one)
  expect(() => tokenOf({ ...of, runToken: 'w_20', step: 's' })).toThrow(StepRefused)
})

it('does not stop an unrelated process that has the PID of a question that ended', async () => {
  const inside = await startProcessNamespace('reaps')
  onTestFinished(() => inside.remove())
  const [nsenter = '', ...words] = inside.enter
  const ask = (script: string) =>
    execFileSync(nsenter, [...words, 'sh', '-c', script], { encoding: 'utf8' }).trim()
  // bash waits for its children as they end; dash does not release their PIDs.
  const shell = spawn(nsenter, [...words, 'bash', '-c', 'echo $$; exec bash'], { stdio: 'pipe' })
  const [pid] = await once(shell.stdout, 'data')
  let printed = ''
  shell.stdout.on('data', (text: Buffer) => (printed += text.toString()))
  shell.stdin.write(programFor(question(sh`sleep 1`), 'x'))
  const children = `cat /proc/${String(pid).trim()}/task/${String(pid).trim()}/children`
  await expect.poll(() => ask(children)).not.toBe('')
  const job = Number(ask(children))
  await expect.poll(() => printed).toContain('end-x')
  // The answer is complete, and the caller disconnects without confirming it.
  await expect.poll(() => ask(children)).toBe('')
  const other = ask(`echo ${job - 1} > /proc/sys/kernel/ns_last_pid; sleep 600 > /dev/null 2>&1 & echo $!`)
  expect(Number(other)).toBe(job)
  shell.stdin.end()
  await once(shell, 'close')
  expect(inside.stateOf(other)).toBe('S')
})
