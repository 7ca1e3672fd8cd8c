import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { readConfig } from '../src/config.ts'
import type { TestHost } from '../testbed/test-host.ts'
import { deployOf, playbookOf } from './work.ts'

/** The alternatives, run as usual, against the same machine under the same names. */
export interface Peers {
  /** Each runs this many steps on every host. Returns its duration in milliseconds, and its CPU time. */
  readonly ansible: (steps: number) => Promise<Cost>
  readonly mitogen: (steps: number) => Promise<Cost>
  readonly pyinfra: (steps: number) => Promise<Cost>
  readonly close: () => Promise<void>
}

export interface Cost {
  readonly milliseconds: number
  readonly cpuSeconds: number
}

/** The directory in which `scripts/setup peers` installs them. */
const bin = (name: string) => join(readConfig().home, 'bench-peers', 'bin', name)

export async function openPeers(testHost: TestHost, hosts: readonly string[]): Promise<Peers> {
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-peers-'))
  const at = (name: string) => join(folder, name)
  const { sshPort, privateKeyPath, hostKey } = testHost
  await writeFile(at('known_hosts'), `[127.0.0.1]:${sshPort} ${hostKey}\n`)
  const options = `-o UserKnownHostsFile=${at('known_hosts')}`
  await writeFile(
    at('hosts.ini'),
    hosts
      .map(
        (host) =>
          `${host} ansible_host=127.0.0.1 ansible_port=${sshPort} ansible_user=root ansible_ssh_private_key_file=${privateKeyPath} ansible_python_interpreter=/usr/bin/python3 ansible_ssh_common_args='${options}'\n`,
      )
      .join(''),
  )
  const { stdout: strategies } = await execa(bin('python'), [
    '-c',
    'import ansible_mitogen, os; print(os.path.join(os.path.dirname(ansible_mitogen.__file__), "plugins", "strategy"))',
  ])
  const data = hosts.map((host) => [
    host,
    {
      ssh_hostname: '127.0.0.1',
      ssh_port: sshPort,
      ssh_user: 'root',
      ssh_key: privateKeyPath,
      ssh_known_hosts_file: at('known_hosts'),
    },
  ])
  await writeFile(
    at('inventory.py'),
    `hosts = ${JSON.stringify(data).replaceAll('],[', '),(').replace('[[', '[(').replace(']]', ')]')}\n`,
  )

  const environment = {
    ANSIBLE_PIPELINING: 'True',
    ANSIBLE_HOME: at('ansible'),
    ANSIBLE_LOCAL_TEMP: at('ansible-tmp'),
    ANSIBLE_FORKS: '20',
    ANSIBLE_DEPRECATION_WARNINGS: 'False',
    HOME: homedir(),
  }
  const play = async (steps: number, more: Record<string, string>) => {
    await writeFile(at('play.yaml'), playbookOf(steps))
    return await costOf(bin('ansible-playbook'), ['-i', at('hosts.ini'), at('play.yaml')], {
      ...environment,
      ...more,
    })
  }
  return {
    ansible: (steps) => play(steps, { ANSIBLE_SSH_CONTROL_PATH_DIR: at('cp') }),
    mitogen: (steps) =>
      play(steps, { ANSIBLE_STRATEGY: 'mitogen_linear', ANSIBLE_STRATEGY_PLUGINS: strategies }),
    pyinfra: async (steps) => {
      await writeFile(at('deploy.py'), deployOf(steps))
      return await costOf(bin('pyinfra'), ['-y', at('inventory.py'), at('deploy.py')], {})
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Runs a tool under a shell that measures its CPU time. @throws with its output if it fails */
async function costOf(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Cost> {
  const started = performance.now()
  const { stdout } = await execa('sh', ['-c', '"$@" >&2 || exit; times', 'sh', program, ...words], {
    env: environment,
  })
  const milliseconds = performance.now() - started
  const [, ofChildren = ''] = stdout.trim().split('\n')
  const seconds = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, rest]) => Number(minutes) * 60 + Number(rest),
  )
  return { milliseconds, cpuSeconds: seconds.reduce((sum, one) => sum + one, 0) }
}
