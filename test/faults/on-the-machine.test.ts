import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AllHosts } from '../../src/host/hosts.ts'
import { command, question } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import { printable } from '../../src/cli/terminal.ts'
import { startTestHost } from '../../testbed/test-host.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { binding } from '../host/binding.ts'
import { thrown, usedHosts } from './machine.ts'

const MEBIBYTE = 1024 * 1024

let testHost: TestHost
beforeAll(async () => {
  // A disk of its own for the receipts, to be filled.
  testHost = await startTestHost({ without: ['docker'], disk: { at: '/srv/small', mebibytes: 64 } })
})
afterAll(() => testHost.remove())

const appears = (test: string) =>
  testHost.must(`timeout 60 sh -c ${JSON.stringify(`until ${test}; do sleep 0.05; done`)}`)
const exists = async (path: string) => (await testHost.exec(`test -e ${path}`)).exitCode === 0

describe('fault 10: the host loses its power', () => {
  it('the outcome of the command is unknown, and it does not run again', async () => {
    const to = binding()
    const hosts = await usedHosts(testHost)
    const slow = command(sh`printf x >>/srv/ran; sleep 600`)
    const running = thrown(hosts.bind('server', to).run('work', slow))
    await appears('test -s /srv/ran')
    const before = await testHost.must('cat /proc/sys/kernel/random/boot_id')
    await testHost.restart({ powerLoss: true })
    expect(await testHost.must('cat /proc/sys/kernel/random/boot_id')).not.toBe(before)
    expect(await running).toMatchObject({ name: 'OutcomeUnknown', data: { state: 'interrupted-reboot' } })
    expect(await thrown(hosts.bind('server', to).run('work', slow))).toMatchObject({
      name: 'OutcomeUnknown',
    })
    expect(await testHost.must('cat /srv/ran')).toBe('x')
    expect(await hosts.isKept(to.runToken)).toBe(true)
    expect(await hosts.bind('server', binding()).ask(question(sh`echo asked`))).toBe('asked\n')
    await hosts.close()
  })
})

describe('fault 12: the disk of the receipts', () => {
  const small = () => usedHosts(testHost, { root: '/srv/small/reinstate' })
  const mark = () => sh`touch /srv/ran-anyway`
  // Once over what waited, which dies of it, and once over what is then started anew.
  const isRefused = async (hosts: AllHosts) => {
    for (let times = 0; times < 2; times++) {
      const error = await thrown(hosts.bind('server', binding()).run('work', command(mark())))
      expect(error).toMatchObject({ name: 'HostNotReady' })
      expect(String(error)).toMatch(/nothing can be written under .*free disk space on the host/s)
      expect(await exists('/srv/ran-anyway')).toBe(false)
    }
  }

  it('becomes full while a command runs: its exit code is recorded', async () => {
    const to = binding()
    const hosts = await small()
    const fill =
      command(sh`fallocate -l 1G /srv/small/fill || dd if=/dev/zero of=/srv/small/fill bs=64k 2>/dev/null || true
      while echo more >>/srv/small/fill2; do :; done 2>/dev/null
      df --output=avail /srv/small | tail -n 1 >/srv/left; exit 7`)
    const error = await thrown(hosts.bind('server', to).run('fill', fill))
    expect(Number(await testHost.must('cat /srv/left'))).toBe(0)
    expect(error).toMatchObject({ name: 'CommandFailed', data: { exit: '7' } })
    expect(await hosts.isKept(to.runToken)).toBe(true)
    await testHost.must('rm -f /srv/small/fill /srv/small/fill2')
    await hosts.close()
  })

  it('is full at the start: the command is refused and does not run', async () => {
    const hosts = await small()
    await testHost.must(
      'cd /srv/small; fallocate -l 1G fill || dd if=/dev/zero of=fill bs=64k 2>/dev/null; while echo more >>fill2; do :; done 2>/dev/null; true',
    )
    expect(Number(await testHost.must('df --output=avail /srv/small | tail -n 1'))).toBe(0)
    await isRefused(hosts)
    await testHost.must('rm -f /srv/small/fill /srv/small/fill2')
    await hosts.close()
  })

  it('has no inodes left: the command is refused and does not run', async () => {
    const hosts = await small()
    await testHost.must(
      'mkdir /srv/small/many && cd /srv/small/many && seq 100000 | xargs touch 2>/dev/null; true',
    )
    expect(await testHost.must('df --output=iavail /srv/small | tail -n 1 | tr -d " "')).toBe('0')
    await isRefused(hosts)
    await testHost.must('rm -rf /srv/small/many')
    await hosts.close()
  })

  it('is read-only: the command is refused and does not run; once the disk is writable, it succeeds', async () => {
    const hosts = await small()
    await testHost.must('mount -o remount,ro /srv/small; ! touch /srv/small/x 2>/dev/null')
    await isRefused(hosts)
    await testHost.must('mount -o remount,rw /srv/small')
    await hosts.bind('server', binding()).run('work', command(mark()))
    expect(await exists('/srv/ran-anyway')).toBe(true)
    await hosts.close()
  })
})

describe('fault 13: the clock is wrong', () => {
  it.each(['+1 day', '-1 day'])(
    'by %s: timeouts follow elapsed time, and the command succeeds',
    async (by) => {
      await testHost.must(
        `mkdir -p /srv/odd; printf '#!/bin/sh\\nexec /usr/bin/date -d "${by}" "$@"\\n' >/srv/odd/date; chmod +x /srv/odd/date`,
      )
      const hosts = await usedHosts(testHost, {
        launch: ['env', 'PATH=/srv/odd:/usr/sbin:/usr/bin:/sbin:/bin'],
      })
      const real = Number(await testHost.must('/usr/bin/date +%s'))
      const told = await hosts
        .bind('server', binding())
        .run('tell', command(sh`sleep 1; date +%s`, { timeoutSeconds: 20 }))
      expect(Math.round((Number(told.stdout) - real) / 86_400)).toBe(by === '+1 day' ? 1 : -1)
      const slow = command(sh`sleep 600`, { timeoutSeconds: 2 })
      expect(await thrown(hosts.bind('server', binding()).run('slow', slow))).toMatchObject({
        data: { exit: 'timeout' },
      })
      await hosts.close()
    },
  )
})

describe('fault 24: 200 MB of output', () => {
  const PRINT = sh`printf '\\033[31mred\\377\\n'; yes 0123456789abcdef | head -c 200000000; printf '\\033[2Jend\\n'`

  it('is stopped at the cap, and the error says so', async () => {
    const hosts = await usedHosts(testHost)
    const error = await thrown(hosts.bind('server', binding()).run('print', command(PRINT)))
    expect(error).toMatchObject({ name: 'CommandFailed', data: { exit: 'overcap' } })
    // Anyone who reads that finds all of it, and knows that it is what the history speaks of.
    const [, bytes, kept = '', sum] =
      /after (\d+) bytes on stdout \(complete in (\S+) on the host, sha256 ([0-9a-f]+)\)/.exec(
        String(error),
      ) ?? []
    expect(Number(bytes)).toBeGreaterThan(64 * MEBIBYTE)
    expect(await testHost.must(`head -c ${bytes} ${kept} | sha256sum`)).toContain(sum)
    await hosts.close()
  })

  it('with a higher cap stays complete on the host; the worker gets its end and its size, without escape sequences', async () => {
    const to = binding()
    const hosts = await usedHosts(testHost)
    const answer = await hosts
      .bind('server', to)
      .run('print', command(PRINT, { outputCapBytes: 256 * MEBIBYTE }))
    expect(answer.stdoutBytes).toBe(200_000_000 + 10 + 8)
    const kept = `/var/lib/reinstate/runs/${to.runToken}_restore_database_1_print/out`
    expect(answer.stdoutSha256).toBe((await testHost.must(`sha256sum ${kept}`)).split(' ')[0])
    expect(Buffer.byteLength(answer.stdout)).toBeLessThanOrEqual(16 * 1024)
    const [receipt] = await hosts.receipts('server', to.runToken)
    expect(receipt).toMatchObject({ state: 'exited', code: '0', out: answer.stdoutBytes })
    expect(printable(answer.stdout)).toMatch(/end\n$/)
    expect(printable(answer.stdout)).not.toContain('\u001b')
    expect(await hosts.isKept(to.runToken)).toBe(true)
    await hosts.close()
  })
})
