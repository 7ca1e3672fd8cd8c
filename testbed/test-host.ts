import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { type Boot, testHostTerms } from './test-host-terms.ts'
import { freePorts } from './free-ports.ts'
import { type Answer, askDocker, docker, TestbedFailed } from './outer-docker.ts'
import { thisOwner } from './owner.ts'
import { removeTestHost } from './stale-test-hosts.ts'
export { removeStaleTestHosts } from './stale-test-hosts.ts'
import { residentShells } from './resident-shell.ts'
import { waitUntilUp } from './wait-until-up.ts'

/** A disposable machine: a container with its own sshd and Docker engine. */
export interface TestHost {
  readonly name: string
  /** On the loopback interface; constant over reboots. Users: root, and deploy with `sudo -n`, both with the same key. */
  readonly sshPort: number
  readonly privateKeyPath: string
  /** The format of known_hosts without the address: "ssh-ed25519 AAAA…". */
  readonly hostKey: string
  /** Runs a script with sh as root in /, not through ssh. After the timeout (default: 300 s) returns 124; the script may continue. */
  readonly exec: (script: string, options?: ExecOptions) => Promise<Answer>
  /** Like exec, but returns the output without the last line feed. @throws TestbedFailed for an exit code other than 0 */
  readonly must: (script: string, options?: ExecOptions) => Promise<string>
  /** Reboots: empties /run and /tmp, changes the boot id, keeps the rest. Resolves when the machine is ready. */
  readonly restart: (options?: { readonly powerLoss?: boolean }) => Promise<void>
  /** Kills sshd and all its connections; it restarts after 0.5 s. */
  readonly killSshd: () => Promise<void>
  /** Stops sshd and all its connections, until startSshd. */
  readonly stopSshd: () => Promise<void>
  readonly startSshd: () => Promise<void>
  /**
   * Kills the engine, which restarts after some seconds. It then stops running containers and starts only `restart: always`:
   * it treats its own clean-up as a manual stop, so `unless-stopped` stays down, as on any machine.
   */
  readonly killDockerd: () => Promise<void>
  /** Returns the loopback port of this machine that maps to a port of the test host. @throws TestbedFailed */
  readonly httpPort: (containerPort: number) => number
  /** Returns the logs of sshd and dockerd. */
  readonly logs: () => Promise<string>
  /** Removes it with its volume and keys. Idempotent. */
  readonly remove: () => Promise<void>
}

interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly timeoutSeconds?: number
}

export interface TestHostOptions {
  /** Part of its container's name. */
  readonly name?: string
  /** Programs to leave out of the machine. */
  readonly without?: Boot['without']
  /** A small ext4 disk, kept over reboots. At /var/lib/docker/volumes it holds the volumes. */
  readonly disk?: Boot['disk']
  /** Ports to map to this machine. Services must listen on all addresses. Default: 8080, 18080 and 18081. */
  readonly ports?: readonly number[]
  /** `apps` adds Node.js, npm with the packages of the shipped programs, a database and a registry; `archives` gnupg and age. Default: `stacks` */
  readonly images?: Boot['images']
  /** It stays when this process ends, until remove() or `docker rm -fv`. */
  readonly kept?: boolean
}

/** Starts a test host; sshd and, unless it is without, its engine answer when this returns. @throws TestbedFailed */
export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const { without = [], ports = [8080, 18080, 18081], images = 'stacks', kept = false } = options
  const name = `reinstate-${options.name ?? 'test'}-${randomBytes(3).toString('hex')}`
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-testbed-'))
  try {
    const [sshPort = 0, ...rest] = await freePorts(1 + ports.length)
    const published = new Map([
      [22, sshPort],
      ...ports.map((port, index): [number, number] => [port, rest[index] ?? 0]),
    ])
    const owner = kept ? 'kept' : thisOwner()
    await docker(await testHostTerms({ name, owner, folder, published, without, images, disk: options.disk }))

    const testHost = { name, sshPort, published, folder, hasEngine: !without.includes('docker') }
    await waitUntilUp(testHost)
    return await connected(testHost)
  } catch (error) {
    await removeTestHost(name, folder)
    throw error
  }
}

interface Started {
  readonly name: string
  readonly sshPort: number
  readonly published: ReadonlyMap<number, number>
  readonly folder: string
  readonly hasEngine: boolean
}

const KILL_SSHD =
  "pkill -KILL -x 'sshd|sshd-session|sshd-auth'; while pgrep -x sshd-session; do sleep 0.02; done"

async function connected(started: Started): Promise<TestHost> {
  const { name, sshPort, published, folder } = started
  const shells = residentShells(name)
  const exec: TestHost['exec'] = (script, { env = {}, stdin, timeoutSeconds = 300 } = {}) => {
    if (stdin === undefined) return shells.exec(script, { env, timeoutSeconds })
    const variables = Object.keys(env).flatMap((key) => ['--env', key])
    return askDocker(['exec', '-i', ...variables, name, 'sh', '-c', script], { env, stdin, timeoutSeconds })
  }
  const must: TestHost['must'] = async (script, options) => {
    const { exitCode, stdout, stderr } = await exec(script, options)
    if (exitCode === 0) return stdout.replace(/\n$/, '')
    throw new TestbedFailed(`${name}: exited ${exitCode}: ${stderr || stdout}\n${script}`)
  }
  const run = async (script: string) => void (await must(script))

  const privateKeyPath = join(folder, 'id_ed25519')
  await writeFile(privateKeyPath, `${await must('cat /run/testbed/client_key')}\n`, { mode: 0o600 })
  const hostKey = await must("cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub")

  return {
    name,
    sshPort,
    privateKeyPath,
    hostKey,
    exec,
    must,
    restart: async ({ powerLoss = false } = {}) => {
      shells.drop()
      await docker(powerLoss ? ['kill', name] : ['stop', '-t', '30', name])
      await docker(['start', name])
      await waitUntilUp(started)
    },
    killSshd: () => run(KILL_SSHD),
    stopSshd: () => run(`touch /run/testbed/sshd.stopped; ${KILL_SSHD}`),
    startSshd: async () => {
      await run('rm -f /run/testbed/sshd.stopped')
      await waitUntilUp(started)
    },
    killDockerd: () => run('pkill -KILL -x dockerd'),
    httpPort: (containerPort) => {
      const port = published.get(containerPort)
      if (port !== undefined) return port
      throw new TestbedFailed(
        `port ${containerPort} of the server is not reached from here; name it in ports`,
      )
    },
    logs: () => must('tail -n +1 /var/log/sshd.log /var/log/dockerd.log 2>/dev/null || true'),
    remove: () => {
      shells.drop()
      return removeTestHost(name, folder)
    },
  }
}
