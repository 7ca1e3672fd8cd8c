import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { NodeSSH } from 'node-ssh'
import { command } from '../src/shell/command.ts'
import { sh } from '../src/shell/script.ts'
import type { TestHost } from '../testbed/test-host.ts'
import { openStage } from '../testbed/step-stage.ts'
import { median } from './finding.ts'
import type { Finding } from './finding.ts'
import { interleaved, timed } from './timed.ts'
import { range } from './work.ts'

const ROUNDS = 5
const FEW = 10
const MANY = 50

/** The cost of one more `true` on a host, with and without a receipt. Slopes, which exclude the cost of connecting. */
export async function measureCommands(): Promise<readonly Finding[]> {
  const stage = await openStage({ name: 'bench' })
  const ssh = await openSsh(stage.testHost)
  const plain = await openPlain(stage.testHost)
  try {
    const ofBoth = (work: (commands: number) => Promise<unknown>) => ({
      few: () => timed(() => work(FEW)),
      many: () => timed(() => work(MANY)),
    })
    const receipted = ofBoth(async (commands) => {
      const host = stage.step().at(1)
      for (const number of range(1, commands)) await host.run(`c${number}`, command(sh`true`))
    })
    const [controlMaster, exec] = [ofBoth(ssh.run), ofBoth(plain.run)]
    const figures = await interleaved(ROUNDS, {
      oursFew: receipted.few,
      oursMany: receipted.many,
      sshFew: controlMaster.few,
      sshMany: controlMaster.many,
      plainFew: exec.few,
      plainMany: exec.many,
    })
    const slope = (few: readonly number[], many: readonly number[]) => ({
      value: (median(many) - median(few)) / (MANY - FEW),
      unit: 'ms' as const,
    })
    const ours = slope(figures.oursFew, figures.oursMany)
    const what = 'one more command, with its receipt'
    const part = 'commands'
    return [
      {
        ...{ part, what, ours },
        peer: { name: 'ssh over ControlMaster', ...slope(figures.sshFew, figures.sshMany) },
        goal: { atMost: 1 },
      },
      {
        ...{ part, what, ours },
        peer: { name: 'a plain exec on a pooled connection', ...slope(figures.plainFew, figures.plainMany) },
        goal: { atMost: 2 },
        note: 'the plain exec leaves nothing on the host: no claim, no exit code, no output',
      },
    ]
  } finally {
    await ssh.close()
    plain.close()
    await stage.close()
  }
}

/** OpenSSH's client: one process per command, over one shared connection. */
async function openSsh({ sshPort, privateKeyPath, hostKey }: TestHost) {
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-bench-ssh-'))
  await writeFile(join(folder, 'known_hosts'), `[127.0.0.1]:${sshPort} ${hostKey}\n`)
  const words = [
    ...['-F', 'none', '-S', join(folder, 's'), '-p', `${sshPort}`, '-i', privateKeyPath],
    ...['-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`, '-o', 'BatchMode=yes'],
  ]
  await execa('ssh', [...words, '-M', '-f', '-N', 'root@127.0.0.1'], { stdio: 'ignore' })
  return {
    run: async (commands: number) => {
      for (let number = 0; number < commands; number++)
        await execa('ssh', [...words, 'root@127.0.0.1', 'true'], { stdin: 'ignore' })
    },
    close: async () => {
      await execa('ssh', [...words, '-O', 'exit', 'root@127.0.0.1'], { reject: false })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** ssh2 with TCP_NODELAY: one channel per command. */
async function openPlain({ sshPort, privateKeyPath }: TestHost) {
  const ssh = new NodeSSH()
  await ssh.connect({ host: '127.0.0.1', port: sshPort, username: 'root', privateKeyPath })
  ssh.connection?.setNoDelay(true)
  return {
    run: async (commands: number) => {
      for (let number = 0; number < commands; number++) await ssh.execCommand('true')
    },
    close: () => ssh.dispose(),
  }
}
