import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StepRefused } from '../../src/errors.ts'
import { command, question } from '../../src/shell/command.ts'
import { Secret } from '../../src/shell/secret.ts'
import { sh } from '../../src/shell/script.ts'
import { binding } from './binding.ts'
import { sleep, startSshd } from '../../testbed/sshd.ts'
import type { Sshd } from '../../testbed/sshd.ts'

const thrown = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a host over SSH', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.remove())

  it('ask and test › answer questions, and distinguish "no" from a failure', async () => {
    const hosts = sshd.hosts()
    const host = hosts.bind('server', binding())
    expect(await host.ask(question(sh`printf %s "$A"; cat`, { environment: { A: "it's" } }))).toBe("it's")
    expect(await host.test(question(sh`test -d /etc`))).toBe(true)
    expect(await host.test(question(sh`test -d /nowhere`))).toBe(false)
    expect(await thrown(host.test(question(sh`echo why >&2; exit 2`)))).toMatchObject({
      ...{ name: 'QuestionFailed', data: { exit: '2', tail: 'why' } },
    })
    expect(await thrown(host.ask(question(sh`sleep 5`, { timeoutSeconds: 0.3 })))).toMatchObject({
      data: { exit: 'timeout' },
    })
    expect(await thrown(host.ask(question(sh`yes`)))).toMatchObject({ data: { exit: 'too much output' } })
    expect((await host.ask(question(sh`head -c 4000000 /dev/zero | tr '\\0' a`))).length).toBe(4_000_000)
    await hosts.close()
  })

  it.each(['timeout', 'abort', 'cut connection'])(
    'ask › stops the processes of a question after a %s',
    async (why) => {
      // A unique duration.
      const seconds = 1e6 + process.pid + why.length * 1e7
      const isRunning = (): boolean => spawnSync('pgrep', ['-fx', `sleep ${seconds}`]).status === 0
      const hosts = sshd.hosts({ patienceSeconds: 1 })
      const asking = new AbortController()
      const host = hosts.bind('server', binding({ signal: asking.signal }))
      const timeoutSeconds = why === 'timeout' ? 1 : 60
      const answer = thrown(host.ask(question(sh`(sleep ${seconds}) | cat; true`, { timeoutSeconds })))
      await expect.poll(isRunning, { timeout: 10_000 }).toBe(true)
      if (why === 'abort') asking.abort('stop')
      if (why === 'cut connection') {
        sshd.cut()
        await sshd.stop()
      }
      expect(await answer).toBeInstanceOf(Error)
      await expect.poll(isRunning, { timeout: 10_000 }).toBe(false)
      await hosts.close()
      if (why === 'cut connection') await sshd.start()
    },
  )

  it('rejects a private key that others can read', async () => {
    chmodSync(sshd.keyFile, 0o640)
    try {
      const hosts = sshd.hosts()
      const refused = await thrown(hosts.bind('server', binding()).ask(question(sh`true`)))
      expect(refused).toMatchObject({ name: 'HostNotReady' })
      expect(String(refused)).toContain(`chmod 600 ${sshd.keyFile}`)
      await hosts.close()
    } finally {
      chmodSync(sshd.keyFile, 0o600)
    }
  })

  it('a shell that receives a part of a question runs nothing', async () => {
    const marker = join(sshd.directory, 'cut-short')
    const half = `{\necho begun >${marker}\neval 'true'`
    const spawned = (): void => {
      execFileSync('sh', { input: half, stdio: ['pipe', 'ignore', 'ignore'] })
    }
    expect(spawned).toThrow()
    expect(existsSync(marker)).toBe(false)
  })

  it('run › returns the complete output and runs once, over repeatedly cut connections', async () => {
    const hosts = sshd.hosts()
    const to = binding()
    const effect = join(sshd.directory, 'effect')
    const slow = command(
      sh`printf x >>${effect}; i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo "line $i of output"; sleep 0.02; done`,
    )
    const lines: string[] = []
    const running = hosts.bind('server', to).run('copy', slow, (line) => {
      lines.push(line)
      return { text: line }
    })
    let done = false
    const finished = running.finally(() => (done = true))
    while (!done) {
      await sleep(900)
      if (!done) sshd.cut()
    }
    const answer = await finished
    expect(lines).toEqual(Array.from({ length: 300 }, (_, index) => `line ${index + 1} of output`))
    expect(answer.stdout).toBe(lines.map((line) => `${line}\n`).join(''))
    expect(readFileSync(effect, 'utf8')).toBe('x')
    expect(to.beats.some(({ progress }) => progress?.text.startsWith('line') === true)).toBe(true)
    await hosts.close()
  })

  it('run › continues while sshd is down, reports since when, and the next attempt attaches', async () => {
    const to = binding()
    const impatient = sshd.hosts({ patienceSeconds: 1 })
    const slow = command(sh`echo one; sleep 3; echo two`)
    const running = thrown(impatient.bind('server', to).run('copy', slow))
    while (!to.beats.some(({ offsets }) => offsets !== undefined)) await sleep(50)
    await sleep(700)
    sshd.cut()
    await sshd.stop()
    expect(await running).toMatchObject({ name: 'HostUnreachable' })
    expect(to.beats.some(({ unreachableSince }) => unreachableSince !== undefined)).toBe(true)
    const resume = to.beats.at(-1) ?? {}
    await sshd.start()
    const again = impatient.bind('server', { ...to, resume })
    expect(await again.run('copy', slow)).toMatchObject({ stdout: 'one\ntwo\n', stdoutBytes: 8 })
    await impatient.close()
  })

  it('run › reports the exact size of an output that is not UTF-8', async () => {
    const hosts = sshd.hosts()
    const answer = await hosts
      .bind('server', binding())
      .run('print', command(sh`printf 'a\\377b\\303\\251'; head -c 40000 /dev/zero | tr '\\0' '\\303'`))
    expect(answer.stdoutBytes).toBe(40_005)
    expect(answer.stdout.length).toBeLessThanOrEqual(16_384)
    await hosts.close()
  })

  it('measure › a continuing attempt attaches; any other measures again', async () => {
    const hosts = sshd.hosts()
    const count = question(sh`date +%N; sleep 1.2`)
    const first = binding()
    const leaving = new AbortController()
    const left = thrown(hosts.bind('server', { ...first, signal: leaving.signal }).measure('manifest', count))
    while (first.beats.length === 0) await sleep(30)
    leaving.abort('worker shutdown')
    await left
    const resume = first.beats.at(-1) ?? {}
    const joined = await hosts
      .bind('server', binding({ runToken: first.runToken, resume }))
      .measure('manifest', count)
    expect((await hosts.receipts('server', first.runToken)).length).toBe(1)
    const afresh = await hosts
      .bind('server', binding({ runToken: first.runToken }))
      .measure('manifest', count)
    expect(afresh.stdout).not.toBe(joined.stdout)
    await hosts.close()
  })

  it('shows a secret in no argument list, receipt, answer, progress or error', async () => {
    const hosts = sshd.hosts()
    const canary = `canary/${'x9+?'.repeat(4)}-end`
    const to = binding({ secrets: [new Secret(canary)] })
    const host = hosts.bind('server', to)
    const environment = { KEY: new Secret(canary) }
    const spoken = sh`echo "$KEY"; printf %s "user:$KEY" | base64 -w0; echo; sleep 0.6; echo "$KEY" >&2; exit 3`
    const seen: string[] = []
    const running = thrown(host.run('speak', command(spoken, { environment }), (line) => ({ text: line })))
    for (let tries = 0; tries < 8; tries++) {
      seen.push(...commandLines())
      await sleep(60)
    }
    const error = await running
    const asked = await thrown(host.ask(question(sh`echo "$KEY"; exit 9`, { environment })))
    const told = await host.ask(question(sh`echo "[$KEY]"`, { environment }))
    expect(told).toBe('[‹secret›]\n')
    expect(filesWith(canary, sshd.root)).toEqual([])
    for (const text of [
      JSON.stringify(error),
      String(error),
      JSON.stringify(asked),
      String(asked),
      JSON.stringify(to.beats),
      ...seen,
    ]) {
      expect(text).not.toContain(canary)
      expect(text).not.toContain(Buffer.from(`user:${canary}`).toString('base64').slice(8, 24))
    }
    expect(String(error)).toContain('‹secret›')
    await hosts.close()
  })

  it('askSecret › returns the answer unredacted, and shows it nowhere', async () => {
    const hosts = sshd.hosts()
    const canary = `canary/${'x9+?'.repeat(4)}-end`
    const host = hosts.bind('server', binding({ secrets: [new Secret(canary)], planHosts: ['server'] }))
    const environment = { KEY: new Secret(canary) }
    const asked = question(sh`printf 'unknown %s' "$KEY"`, { environment })
    for (const one of [host, host.other('server')]) {
      const answer = await one.askSecret(asked)
      expect([answer.reveal(), String(answer), JSON.stringify({ answer })]).toEqual([
        `unknown ${canary}`,
        '‹secret›',
        '{"answer":"‹secret›"}',
      ])
      const failing = question(sh`echo unknown; echo "why: $KEY" >&2; exit 9`, { environment })
      const error = await thrown(one.askSecret(failing))
      expect(error).toMatchObject({ name: 'QuestionFailed', data: { exit: '9', tail: 'why: ‹secret›' } })
    }
    expect(() => host.other('stranger')).toThrow(StepRefused)
    expect(filesWith(canary, sshd.root)).toEqual([])
    await hosts.close()
  })

  it('answers 25 questions at once over ten sessions', async () => {
    const hosts = sshd.hosts()
    const host = hosts.bind('server', binding())
    const answers = await Promise.all(
      Array.from({ length: 25 }, (_, index) => host.ask(question(sh`sleep 0.1; echo ${index}`))),
    )
    expect(answers.map(Number)).toEqual(Array.from({ length: 25 }, (_, index) => index))
    await hosts.close()
  })

  it('uses one connection and at most four sessions for questions, commands and locks', async () => {
    const logins = (): number => sshd.log().split('Accepted publickey').length
    const sessions = (): number => sshd.log().split('Starting session').length
    const before = { logins: logins(), sessions: sessions() }
    const hosts = sshd.hosts()
    const host = hosts.bind('server', binding())
    for (let turn = 1; turn <= 10; turn++) {
      expect(await host.ask(question(sh`echo ${turn}`))).toBe(`${turn}\n`)
      expect(await host.run(`turn-${turn}`, command(sh`echo ${turn}`))).toMatchObject({ stdout: `${turn}\n` })
    }
    await hosts.takeLock('server', { name: 'one-connection', holder: 'test' })
    await hosts.releaseLock('server', { name: 'one-connection', holder: 'test' })
    expect(logins() - before.logins).toBe(1)
    // One for questions, one for remote-run.sh, one to send it.
    expect(sessions() - before.sessions).toBeLessThanOrEqual(4)
    await hosts.close()
  })

  it('keeps the output of processes that a question left running out of the next answer', async () => {
    const hosts = sshd.hosts()
    const host = hosts.bind('server', binding())
    await host.ask(
      question(sh`(sleep 0.2; echo late) >/dev/null & (sleep 0.1; echo later >&2) 2>/dev/null & echo one`),
    )
    const cut = thrown(
      host.ask(question(sh`(sleep 0.5; echo late; sleep 60) & echo begun`, { timeoutSeconds: 0.2 })),
    )
    expect(await cut).toMatchObject({ data: { exit: 'timeout' } })
    for (let turn = 0; turn < 8; turn++) {
      expect(await host.ask(question(sh`sleep 0.1; printf x`))).toBe('x')
    }
    await hosts.close()
  })

  it('asks another shell after an idle one was killed', async () => {
    const hosts = sshd.hosts()
    const host = hosts.bind('server', binding())
    const pid = await host.ask(question(sh`echo $$`))
    process.kill(Number(pid), 'SIGKILL')
    expect(await host.ask(question(sh`echo again`))).toBe('again\n')
    await hosts.close()
  })

  it('takeLock › is idempotent for its holder, refuses others, and only its holder releases it', async () => {
    const hosts = sshd.hosts()
    const lock = { name: 'guestbook', holder: 'run/2026-1 ä' }
    await hosts.takeLock('server', lock)
    await hosts.takeLock('server', lock)
    const other = { name: 'guestbook', holder: 'other' }
    expect(await thrown(hosts.takeLock('server', other))).toMatchObject({
      name: 'LockHeld',
      data: { holder: lock.holder },
    })
    await hosts.releaseLock('server', other)
    expect(await thrown(hosts.takeLock('server', other))).toMatchObject({ name: 'LockHeld' })
    await hosts.releaseLock('server', lock)
    await hosts.takeLock('server', other)
    await hosts.close()
  })

  it('keeps journal entries and receipts that are readable without Temporal', async () => {
    const hosts = sshd.hosts()
    const to = binding({ journal: '{ "seen": "ä\\n" }' })
    await hosts.bind('server', to).run('copy', command(sh`echo done`))
    const [entry] = await hosts.journal('server', to.runToken)
    expect(JSON.parse(entry?.json ?? '')).toEqual({ seen: 'ä\n' })
    const [receipt] = await hosts.receipts('server', to.runToken)
    expect(receipt).toMatchObject({ state: 'exited', code: '0', out: 5, err: 0, undone: false })
    expect(Math.abs(Date.now() - (receipt?.ended?.getTime() ?? 0))).toBeLessThan(20_000)
    expect(await hosts.tail('server', receipt?.token ?? '', 3)).toMatchObject({ stdout: 'ne\n' })
    await hosts.close()
  })
})

describe('a host with MaxSessions 1', () => {
  it('queues questions, and can still stop a running command', async () => {
    const sshd = await startSshd(['MaxSessions 1'])
    const hosts = sshd.hosts()
    const to = binding()
    const stopping = new AbortController()
    const host = hosts.bind('server', { ...to, signal: stopping.signal })
    const answers = await Promise.all([1, 2, 3].map((index) => host.ask(question(sh`echo ${index}`))))
    expect(answers).toEqual(['1\n', '2\n', '3\n'])
    const running = thrown(host.run('copy', command(sh`sleep 30`)))
    while (to.beats.length === 0) await sleep(50)
    stopping.abort('stop')
    expect(await running).toMatchObject({ name: 'AbortError' })
    expect((await hosts.receipts('server', to.runToken)).map(({ code }) => code)).toEqual(['cancelled'])
    await hosts.close()
    await sshd.remove()
  })
})

describe('a host key', () => {
  let sshd: Sshd
  let other: Sshd
  beforeAll(async () => {
    sshd = await startSshd()
    other = await startSshd([], { keyType: 'ecdsa' })
  })
  afterAll(async () => {
    await sshd.remove()
    await other.remove()
  })
  const attempts = (log: string): number =>
    log.split('\n').filter((line) => /Accepted|Failed|Postponed|userauth/.test(line)).length

  it('that differs from the pinned one is refused before the login', async () => {
    const before = attempts(sshd.log())
    const hosts = sshd.hosts({ entry: { hostKey: other.hostKey } })
    const error = await thrown(hosts.bind('server', binding()).ask(question(sh`true`)))
    expect(error).toMatchObject({ name: 'HostKeyMismatch' })
    expect(String(error)).toMatch(/SHA256:.*SHA256:/)
    expect(attempts(sshd.log())).toBe(before)
    await hosts.close()
  })

  it('that is not pinned is refused with the line to pin, and accepted once it is pinned', async () => {
    const knownHosts = join(sshd.directory, 'fresh', 'known_hosts')
    const hosts = sshd.hosts({ knownHosts })
    const error = await thrown(hosts.bind('server', binding()).ask(question(sh`true`)))
    expect(error).toMatchObject({
      name: 'HostKeyUnknown',
      data: { line: `[127.0.0.1]:${sshd.port} ${sshd.hostKey}` },
    })
    const shown = await hosts.shownKey('server')
    expect(shown.pinned).toBe(false)
    await hosts.trust('server', shown, { replace: false })
    await hosts.trust('server', shown, { replace: false })
    expect(readFileSync(knownHosts, 'utf8').trim().split('\n')).toHaveLength(1)
    expect(await hosts.bind('server', binding()).ask(question(sh`echo in`))).toBe('in\n')
    await hosts.close()
  })

  it('that is pinned is replaced only with `replace`', async () => {
    const knownHosts = join(sshd.directory, 'replaced')
    writeFileSync(knownHosts, `[127.0.0.1]:${sshd.port} ${other.hostKey}\nelsewhere ${other.hostKey}\n`)
    const hosts = sshd.hosts({ knownHosts })
    const shown = await hosts.shownKey('server')
    expect(await thrown(hosts.trust('server', shown, { replace: false }))).toMatchObject({
      name: 'HostKeyMismatch',
    })
    await hosts.trust('server', shown, { replace: true })
    expect(readFileSync(knownHosts, 'utf8')).toBe(`elsewhere ${other.hostKey}\n${shown.line}\n`)
    expect(await hosts.bind('server', binding()).ask(question(sh`echo in`))).toBe('in\n')
    await hosts.close()
  })

  it.each([
    ['its name', (name: string) => name],
    ['a pattern', (name: string) => name.replace('127', '12?').replace(/:\d+$/, ':*')],
    ['all hosts', () => '*'],
    ['its address, for every port', () => '127.0.0.1'],
  ])(
    'L7 › that is @revoked for %s is refused, also as an inline hostKey and by trust',
    async (how, names) => {
      const endpoint = `[127.0.0.1]:${sshd.port}`
      const knownHosts = join(sshd.directory, `revoked-${how.replaceAll(/\W/g, '-')}`)
      writeFileSync(
        knownHosts,
        `${endpoint} ${sshd.hostKey}\n@revoked other,${names(endpoint)} ${sshd.hostKey}\n`,
      )
      for (const entry of [{}, { hostKey: sshd.hostKey }]) {
        const hosts = sshd.hosts({ knownHosts, entry })
        const before = attempts(sshd.log())
        expect(await thrown(hosts.bind('server', binding()).ask(question(sh`true`)))).toMatchObject({
          name: 'HostKeyRevoked',
        })
        expect(attempts(sshd.log())).toBe(before)
        expect(await thrown(hosts.shownKey('server'))).toMatchObject({ name: 'HostKeyRevoked' })
        await hosts.close()
      }
    },
  )

  it('L7 › that is not the one @revoked, or @revoked for another host, is accepted', async () => {
    const endpoint = `[127.0.0.1]:${sshd.port}`
    const knownHosts = join(sshd.directory, 'not-revoked')
    writeFileSync(
      knownHosts,
      `${endpoint} ${sshd.hostKey}\n@revoked * ${other.hostKey}\n@revoked *,!${endpoint} ${sshd.hostKey}\n`,
    )
    const hosts = sshd.hosts({ knownHosts })
    expect(await hosts.bind('server', binding()).ask(question(sh`echo in`))).toBe('in\n')
    await hosts.close()
  })

  it('is found under a hashed name', async () => {
    const knownHosts = join(sshd.directory, 'hashed')
    writeFileSync(knownHosts, `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', knownHosts], { stdio: 'ignore' })
    expect(readFileSync(knownHosts, 'utf8')).toMatch(/^\|1\|/)
    const hosts = sshd.hosts({ knownHosts })
    expect(await hosts.bind('server', binding()).ask(question(sh`echo in`))).toBe('in\n')
    await hosts.close()
  })
})

describe('connecting to a host', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.remove())

  it('uses a jump host and ~/.ssh/config', async () => {
    const jump = await startSshd()
    const config = join(sshd.directory, 'ssh_config')
    writeFileSync(
      join(sshd.directory, 'all_hosts'),
      readFileSync(sshd.knownHosts, 'utf8') + readFileSync(jump.knownHosts, 'utf8'),
    )
    writeFileSync(
      config,
      `Host behind\n HostName 127.0.0.1\n Port ${sshd.port}\n User root\n IdentityFile ${sshd.keyFile}\n ProxyJump hop\n` +
        `Host hop\n HostName 127.0.0.1\n Port ${jump.port}\n User root\n IdentityFile ${jump.keyFile}\n`,
    )
    const { openHosts } = await import('../../src/host/hosts.ts')
    const { parseInventory } = await import('../../src/host/inventory.ts')
    const inventory = parseInventory('hosts: { server: { address: behind } }', 'inventory.yaml')
    const hosts = openHosts({
      inventory,
      knownHosts: join(sshd.directory, 'all_hosts'),
      sshConfig: config,
      root: sshd.root,
    })
    expect(await hosts.bind('server', binding()).ask(question(sh`echo "$SSH_CONNECTION"`))).toContain(
      String(sshd.port),
    )
    expect(jump.log()).toContain('Accepted publickey')
    await hosts.close()
    await jump.remove()
  })

  it('become: true › becomes root with sudo -n', async () => {
    const hosts = sshd.hosts({ entry: { become: true } })
    const host = hosts.bind('server', binding())
    expect(await host.ask(question(sh`echo "$SUDO_USER $A"`, { environment: { A: 'b' } }))).toBe('root b\n')
    expect(await host.run('copy', command(sh`echo "$SUDO_USER"`))).toMatchObject({ stdout: 'root\n' })
    await hosts.close()
  })

  it('fails within 4 s if nothing listens, with a hint', async () => {
    const hosts = sshd.hosts({ entry: { port: 1 } })
    const since = Date.now()
    const error = await thrown(hosts.check('server', binding()))
    expect(error).toMatchObject({ name: 'HostUnreachable' })
    expect(String(error)).toContain('check the address in the inventory')
    expect(Date.now() - since).toBeLessThan(4500)
    await hosts.close()
  })

  it('throws HostNotReady, which is not retried, if no login succeeds', async () => {
    const stranger = await startSshd()
    const hosts = sshd.hosts({ entry: { key: stranger.keyFile } })
    expect(await thrown(hosts.bind('server', binding()).ask(question(sh`true`)))).toMatchObject({
      name: 'HostNotReady',
    })
    await hosts.close()
    await stranger.remove()
  })

  it('ignores output of login scripts, and check reports it', async () => {
    writeFileSync(
      join(sshd.directory, 'home', '.bashrc'),
      'echo welcome\nprintf "no newline"\necho oops >&2\n',
    )
    const hosts = sshd.hosts()
    const host = hosts.bind('server', binding())
    expect(await host.ask(question(sh`echo in`))).toBe('in\n')
    expect(await host.run('copy', command(sh`echo done`))).toMatchObject({ stdout: 'done\n', stderr: '' })
    const error = await thrown(hosts.check('server', binding()))
    expect(String(error)).toContain('"welcome')
    writeFileSync(join(sshd.directory, 'home', '.bashrc'), 'sleep 2.2\n')
    expect(String(await thrown(hosts.check('server', binding())))).toMatch(/its login shell takes [\d.]+ s/)
    writeFileSync(join(sshd.directory, 'home', '.bashrc'), '')
    await hosts.close()
  })
})

function commandLines(): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
      } catch {
        return ''
      }
    })
}

/** Files that contain a text, except the output of commands, which is kept unredacted and readable by root only. */
function filesWith(text: string, directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'out' && entry.name !== 'err')
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file, 'latin1').includes(text))
}
