import { execFileSync, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { openHosts } from '../src/host/hosts.ts'
import type { AllHosts, HostsOptions } from '../src/host/hosts.ts'
import { parseInventory } from '../src/host/inventory.ts'
import { freePorts } from './free-ports.ts'

/** A real sshd on loopback, with all its files in one directory. */
export interface Sshd {
  readonly directory: string
  readonly port: number
  /** The directory of receipts on this host. */
  readonly root: string
  /** The host's public key, in the form of a pin. */
  readonly hostKey: string
  readonly keyFile: string
  readonly knownHosts: string
  log(): string
  /** Breaks every connection. */
  cut(): void
  /** Breaks one connection; false without one. `choose` returns a number from 0 to 1. */
  killSession(choose: () => number): boolean
  stop(): Promise<void>
  start(): Promise<void>
  /** All hosts of an inventory that has this one, as `test host`. */
  hosts(options?: HostSettings): AllHosts
  /** Stops it and removes its files. */
  remove(): Promise<void>
}

export interface HostSettings extends Partial<Omit<HostsOptions, 'inventory'>> {
  /** Additional fields of the inventory's entry, such as `hostKey: …`. */
  readonly entry?: Readonly<Record<string, unknown>>
}

const SSHD = '/usr/sbin/sshd'

/** Starts an sshd with additional lines of configuration. `ownGroup`: in its own process group, which Ctrl-C does not reach. */
export async function startSshd(
  lines: readonly string[] = [],
  { keyType = 'ed25519', ownGroup = false } = {},
): Promise<Sshd> {
  const directory = mkdtempSync(join(tmpdir(), 'reinstate-sshd-'))
  const at = (name: string): string => join(directory, name)
  // sshd needs this directory even without privilege separation.
  mkdirSync('/run/sshd', { recursive: true })
  mkdirSync(at('home'))
  makeKey(at('host_key'), keyType)
  makeKey(at('key'), 'ed25519')
  writeFileSync(at('authorized_keys'), readFileSync(at('key.pub')), { mode: 0o600 })
  const [port = 0] = await freePorts(1)
  const hostKey = readFileSync(at('host_key.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
  writeFileSync(at('known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`)
  writeFileSync(
    at('sshd_config'),
    [
      ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${at('host_key')}`, `PidFile ${at('pid')}`],
      ...[`AuthorizedKeysFile ${at('authorized_keys')}`, 'StrictModes no', 'UsePAM no', 'LogLevel VERBOSE'],
      // From 9.8 on, sshd refuses an address for minutes after its sessions were killed. Older versions lack the option.
      ...(hasPenalties() ? ['PerSourcePenalties no'] : []),
      ...['PasswordAuthentication no', 'PermitRootLogin prohibit-password', 'MaxStartups 100', ...lines],
      // A separate home, without the developer's .bashrc.
      `SetEnv HOME=${at('home')}`,
      '',
    ].join('\n'),
  )
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    server = spawn(SSHD, ['-D', '-f', at('sshd_config'), '-E', at('log')], {
      stdio: 'ignore',
      detached: ownGroup,
    })
    const before = log().split('Server listening').length
    for (let tries = 0; log().split('Server listening').length <= before && tries < 100; tries++)
      await sleep(20)
  }

  function log(): string {
    return readdirSync(directory).includes('log') ? readFileSync(at('log'), 'utf8') : ''
  }

  function cut(): void {
    for (const pid of sessionsOf(server?.pid)) kill(pid)
  }

  function killSession(choose: () => number): boolean {
    const sessions = sessionsOf(server?.pid)
    const chosen = sessions[Math.floor(choose() * sessions.length)]
    return chosen !== undefined && kill(chosen)
  }

  async function stop(): Promise<void> {
    const stopped = new Promise((resolve) => server?.once('exit', resolve))
    server?.kill('SIGKILL')
    await stopped
  }

  await start()
  return {
    ...{ directory, port, hostKey, log, cut, killSession, stop, start },
    root: at('root'),
    keyFile: at('key'),
    knownHosts: at('known_hosts'),
    hosts: ({ entry = {}, ...options } = {}) => {
      const testHost = { address: '127.0.0.1', port, user: userInfo().username, key: at('key'), ...entry }
      const inventory = parseInventory(JSON.stringify({ hosts: { server: testHost } }), at('inventory.yaml'))
      const places = { knownHosts: at('known_hosts'), root: at('root'), sshConfig: at('no-ssh-config') }
      return openHosts({ inventory, ...places, ...options })
    },
    remove: async () => {
      cut()
      await stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/**
 * The processes that serve connections: sshd forks one per connection, which from 9.8 on forks another that also holds the
 * connection. Without the programs of users.
 */
function sessionsOf(pid: number | undefined): readonly number[] {
  return childrenOf(pid)
    .filter((child) => readProc(child, 'comm').startsWith('sshd'))
    .flatMap((child) => [child, ...sessionsOf(child)])
}

function childrenOf(pid: number | undefined): readonly number[] {
  if (pid === undefined) return []
  const children = readProc(pid, `task/${pid}/children`).trim()
  return children === '' ? [] : children.split(' ').map(Number)
}

/** Empty if the process has ended. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

/** Whether this sshd supports PerSourcePenalties. The client of the same package reports the version. */
function hasPenalties(): boolean {
  const { stderr } = spawnSync('ssh', ['-V'], { encoding: 'utf8' })
  const [, major = '0', minor = '0'] = /OpenSSH_(\d+)\.(\d+)/.exec(stderr) ?? []
  return Number(major) > 9 || (Number(major) === 9 && Number(minor) >= 8)
}

/** False if it has already ended. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

function makeKey(file: string, type: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file])
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
