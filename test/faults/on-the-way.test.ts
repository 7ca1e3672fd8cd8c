import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { HostUnreachable } from '../../src/errors.ts'
import type { AllHosts } from '../../src/host/hosts.ts'
import { command, question } from '../../src/shell/command.ts'
import { sh } from '../../src/shell/script.ts'
import { startTestHost } from '../../testbed/test-host.ts'
import type { TestHost } from '../../testbed/test-host.ts'
import { muteSsh, unmuteSsh } from '../../testbed/faults.ts'
import { binding } from '../host/binding.ts'
import { usedHosts } from './machine.ts'
import { tcpProxy } from './tcp-proxy.ts'

let testHost: TestHost
beforeAll(async () => {
  testHost = await startTestHost({ without: ['docker'] })
})
afterAll(() => testHost.remove())
beforeEach(async () => {
  await testHost.must('rm -f /var/tmp/ran')
})

const LINES = 200
/** Counts its runs, and prints numbered lines for about ten seconds. */
const COUNTED = command(
  sh`printf x >>/var/tmp/ran; i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo "line $i of output"; sleep 0.05; done`,
)
const ALL = Array.from({ length: LINES }, (_, index) => `line ${index + 1} of output`)
const ran = () => testHost.must('cat /var/tmp/ran')

/** Runs it, on a connection that was used before, and gives every line as it came. */
async function counted(port?: number) {
  const lines: string[] = []
  const to = binding()
  const hosts = await usedHosts(testHost, port === undefined ? {} : { port })
  const answer = await hosts.bind('server', to).run('print', COUNTED, (line) => {
    lines.push(line)
    return { text: line }
  })
  expect(await askedAgain(() => hosts.isKept(to.runToken))).toBe(true)
  await askedAgain(() => worksOn(hosts))
  await hosts.close()
  return { lines, answer, to }
}

/** A question fails with its connection, and Temporal asks again. */
async function askedAgain<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let left = 5; ; left--)
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof HostUnreachable) || left === 0) throw error
    }
}

/** What waited when it happened, or was given back since, is no harm to what comes after. */
async function worksOn(hosts: AllHosts) {
  const host = hosts.bind('server', binding())
  expect(await host.ask(question(sh`echo asked`))).toBe('asked\n')
  expect(await host.run('after', command(sh`echo done`))).toMatchObject({ stdout: 'done\n' })
}

describe('fault 5: packets are dropped silently', () => {
  it('the dead connection is detected, reported with its time, and the output is complete', async () => {
    const to = binding()
    const hosts = await usedHosts(testHost)
    const lines: string[] = []
    const running = hosts.bind('server', to).run('print', COUNTED, (line) => {
      lines.push(line)
      return { text: line }
    })
    await testHost.must("timeout 60 sh -c 'until test -s /var/tmp/ran; do sleep 0.05; done'")
    await muteSsh(testHost)
    const away = () => to.beats.some(({ unreachableSince }) => unreachableSince !== undefined)
    await expect.poll(away, { timeout: 60_000 }).toBe(true)
    const dropped = await testHost.must("iptables -nvxL INPUT | awk '/DROP/ { print $1 }'")
    await unmuteSsh(testHost)
    expect(Number(dropped)).toBeGreaterThan(0)
    await running
    expect(lines).toEqual(ALL)
    expect(await ran()).toBe('x')
    expect(await hosts.isKept(to.runToken)).toBe(true)
    await worksOn(hosts)
    await hosts.close()
  })
})

describe('fault 6: a bad network', () => {
  it('repeated resets: the output has no gap, and the command runs once', async () => {
    const proxy = await tcpProxy(testHost.sshPort, { resetAfterBytes: 4500 })
    const { lines } = await counted(proxy.port)
    expect(proxy.resets()).toBeGreaterThan(1)
    expect(lines).toEqual(ALL)
    expect(await ran()).toBe('x')
    proxy.close()
  })

  it.each([
    ['a round trip of half a second', { delayMs: 250 }],
    ['64 kbit/s', { bytesPerSecond: 8000 }],
  ])('%s: the command succeeds', async (_, badness) => {
    const proxy = await tcpProxy(testHost.sshPort, badness)
    const { lines } = await counted(proxy.port)
    expect(proxy.bytes()).toBeGreaterThan(1000)
    expect(lines).toEqual(ALL)
    expect(await ran()).toBe('x')
    proxy.close()
  })

  it('one packet in twenty lost: the command succeeds', async () => {
    const rule = 'INPUT -p tcp --dport 22 -m statistic --mode random --probability 0.05 -j DROP'
    await testHost.must(`iptables -I ${rule}`)
    const { lines } = await counted()
    const dropped = await testHost.must("iptables -nvxL INPUT | awk '/DROP/ { print $1 }'")
    await testHost.must(`iptables -D ${rule}`)
    expect(Number(dropped)).toBeGreaterThan(0)
    expect(lines).toEqual(ALL)
    expect(await ran()).toBe('x')
  })

  it('sshd with a limit on simultaneous logins (MaxStartups): one connection serves all commands', async () => {
    const before = await testHost.must("grep -c 'Accepted publickey' /var/log/sshd.log || true")
    const hosts = await usedHosts(testHost)
    // The second time all go over programs that the first has left waiting.
    for (const time of [1, 2]) {
      const many = Array.from({ length: 15 }, async (_, index) =>
        hosts
          .bind('server', binding({ step: `s${index}` }))
          .run('say', command(sh`sleep 0.2; echo ${`${time}.${index}`}`)),
      )
      const said = (await Promise.all(many)).map(({ stdout }) => stdout.trim())
      expect(said).toEqual(many.map((_, index) => `${time}.${index}`))
    }
    const after = await testHost.must("grep -c 'Accepted publickey' /var/log/sshd.log || true")
    expect(Number(after) - Number(before)).toBe(1)
    await hosts.close()
  })
})
