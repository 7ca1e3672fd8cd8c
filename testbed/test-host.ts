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
import { waitUntilUp } from './wait-until-up.ts'

/** A machine to break and throw away: sshd and a Docker engine of its own, in a container. */
export interface TestHost {
  readonly name: string
  /** Of the loopback interface; stays over a reboot. Users: root, and deploy with `sudo -n`, both with the one key. */
  readonly sshPort: number
  readonly privateKeyPath: string
  /** As in known_hosts, without the address: "ssh-ed25519 AAAA…". */
  readonly hostKey: string
  /** Runs a script as root beside ssh, in /, under sh. After the timeout (300 s unless said) 124; the script may run on. */
  readonly exec: (script: string, options?: ExecOptions) => Promise<Answer>
  /** As exec, for what has to work: answers what it printed, without the last line feed. @throws TestbedFailed */
  readonly must: (script: string, options?: ExecOptions) => Promise<string>
  /** Reboots: /run and /tmp are empty after it, the boot id is a new one, all else is kept. Ready again when it ends. */
  readonly restart: (options?: { readonly powerLoss?: boolean }) => Promise<void>
  /** Kills sshd and all its connections; it is back after half a second. */
  readonly killSshd: () => Promise<void>
  /** Stops sshd, with all its connections, until startSshd. */
  readonly stopSshd: () => Promise<void>
  readonly startSshd: () => Promise<void>
  /**
   * Kills the engine; it is back after some seconds. It then stops what still runs and starts only `restart: always`:
   * it takes its own clean-up for a stop by hand, so `unless-stopped` stays down, as on any machine.
   */
  readonly killDockerd: () => Promise<void>
  /** The port of this machine's loopback interface that leads to a port of the test host. @throws TestbedFailed */
  readonly httpPort: (containerPort: number) => number
  /** What sshd and dockerd have said. */
  readonly logs: () => Promise<string>
  /** Removes it with its volume and keys; a second call does nothing. */
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
  /** Programs that this machine does not have. */
  readonly without?: Boot['without']
  /** A small ext4 disk, kept over reboots. At /var/lib/docker/volumes it is what volumes are made on. */
  readonly disk?: Boot['disk']
  /** Ports to reach from this machine; 8080, 18080 and 18081 unless said. They must listen on all addresses. */
  readonly ports?: readonly number[]
  /** It stays when this process ends, until remove() or `docker rm -fv`. */
  readonly kept?: boolean
}

/** Starts a test host; sshd and, unless it is without, its engine answer when this returns. @throws TestbedFailed */
export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const { without = [], ports = [8080, 18080, 18081], kept = false } = options
  const name = `reinstate-${options.name ?? 'test'}-${randomBytes(3).toString('hex')}`
  const folder = await mkdtemp(join(tmpdir(), 'reinstate-testbed-'))
  try {
    const [sshPort = 0, ...rest] = await freePorts(1 + ports.length)
    const published = new Map([
      [22, sshPort],
      ...ports.map((port, index): [number, number] => [port, rest[index] ?? 0]),
    ])
    const owner = kept ? 'kept' : thisOwner()
    await docker(await testHostTerms({ name, owner, folder, published, without, disk: options.disk }))

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
  const exec: TestHost['exec'] = (script, { env = {}, ...rest } = {}) => {
    const variables = Object.keys(env).flatMap((key) => ['--env', key])
    return askDocker(['exec', '-i', ...variables, name, 'sh', '-c', script], { env, ...rest })
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
    remove: () => removeTestHost(name, folder),
  }
}
