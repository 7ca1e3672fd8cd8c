import { randomBytes } from 'node:crypto'
import { NodeSSH } from 'node-ssh'
import type { TestHost } from './test-host.ts'
import { docker, TestbedFailed } from './outer-docker.ts'
import { TESTBED_LABEL } from './stale-test-hosts.ts'

/** The result of a command over ssh. */
export interface Typed {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A login on a test host, for destructive commands. */
export interface OwnSsh {
  /** Verifies that the test host's container answers, then runs a command in the login shell. @throws TestbedFailed */
  readonly type: (command: string) => Promise<Typed>
  /** Copies a text like scp does with a file of mode 644. */
  readonly copy: (text: string, path: string) => Promise<void>
  readonly close: () => void
}

/**
 * Logs in to a test host as root. Proves before each command that a container of this test bed answers: reads a secret over
 * the same connection that the engine has put into the container.
 * @throws TestbedFailed for any other machine
 */
export async function ownSsh(testHost: TestHost): Promise<OwnSsh> {
  const label = await docker([
    'inspect',
    '--format',
    `{{index .Config.Labels "${TESTBED_LABEL}"}}`,
    testHost.name,
  ])
  if (label !== '1')
    throw new TestbedFailed(`${testHost.name} is no container of this test bed; nothing was run`)
  const proof = randomBytes(16).toString('hex')
  await testHost.must('umask 077; mkdir -p /run/testbed; cat >/run/testbed/own', { stdin: proof })

  const ssh = new NodeSSH()
  const { sshPort: port, privateKeyPath } = testHost
  await ssh.connect({ host: '127.0.0.1', port, username: 'root', privateKeyPath })
  const typed = async (command: string): Promise<Typed> => {
    const { code, stdout, stderr } = await ssh.execCommand(command)
    return { exitCode: code ?? 255, stdout, stderr }
  }
  const assertOwn = async () => {
    const { stdout } = await typed('cat /run/testbed/own')
    if (stdout.trim() === proof) return
    throw new TestbedFailed(`what answers on port ${port} is not ${testHost.name}; nothing more was run`)
  }
  return {
    type: async (command) => {
      await assertOwn()
      return await typed(command)
    },
    copy: async (text, path) => {
      await assertOwn()
      await testHost.must('umask 022; cat >"$FILE"', { stdin: text, env: { FILE: path } })
    },
    close: () => ssh.dispose(),
  }
}

/** Whether a user can log in with the test host's key. */
export async function canLogIn(
  { sshPort: port, privateKeyPath }: TestHost,
  username: string,
): Promise<boolean> {
  const ssh = new NodeSSH()
  try {
    await ssh.connect({ host: '127.0.0.1', port, username, privateKeyPath })
    return (await ssh.execCommand('true')).code === 0
  } catch {
    return false
  } finally {
    ssh.dispose()
  }
}
