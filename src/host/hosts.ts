import { homedir } from 'node:os'
import { join } from 'node:path'
import { HostUnreachable, LockHeld, NeedsLinux, PlanRefused } from '../errors.ts'
import { boundHost } from './bound-host.ts'
import type { Machine } from './channel.ts'
import { checkHost } from './check.ts'
import type { Hosts } from './host.ts'
import type { EndFrame } from './frames.ts'
import type { Inventory, InventoryHost } from './inventory.ts'
import { localTransport } from './local-transport.ts'
import { breakLock, heldLocks } from './locks.ts'
import type { HeldLock } from './locks.ts'
import { sshTransport } from './ssh-transport.ts'
import { fingerprint } from './known-hosts.ts'
import { cancel, journalOf, markUndone, receiptsOf, releaseLock, tailOf, takeLock } from './receipts.ts'
import type { Receipt, ReceiptTail } from './receipts.ts'
import { redactor } from './redact.ts'
import { noteRun, readNotes } from './run-notes.ts'
import type { NotedRun } from './run-notes.ts'
import { resolveTarget } from './target.ts'
import type { Target } from './target.ts'
import { stepPrefix } from './token.ts'
import { fetchHostKey, pin } from './trust.ts'
import type { ShownKey } from './trust.ts'
import { concurrencyLimit } from './concurrency-limit.ts'

const STOP_GRACE_SECONDS = 10

// A run checks all of its hosts at its start: the answers of many at once keep the logins of the rest from theirs.
const checks = concurrencyLimit(8)

export interface HostsOptions {
  readonly inventory: Inventory
  /** The file with the pinned host keys. */
  readonly knownHosts: string
  /** Where receipts, originals and locks are kept on each host: /var/lib/reinstate unless said. */
  readonly root?: string
  /** The same for `local`, whose worker may not be root; as the others unless said. */
  readonly localRoot?: string
  /** ~/.ssh/config unless said. */
  readonly sshConfig?: string
  /** The socket of an ssh-agent; SSH_AUTH_SOCK unless said. */
  readonly agent?: string
  /** How long a command whose host is lost is waited for within one attempt: a minute unless said. */
  readonly patienceSeconds?: number
  /** Put before every program that is started on a host, such as `env A=b`. */
  readonly launch?: readonly string[]
  /** For `local`: whether a check asks for Docker as well. It does unless said. */
  readonly localDocker?: 'needed' | 'not needed'
  /** What Node calls the system of this machine; by default that of this process. `local` needs Linux. */
  readonly platform?: NodeJS.Platform
}

/** What people are shown of hosts, beside what steps need. */
export interface AllHosts extends Hosts {
  /** The receipts of a run, in the order of their names. */
  receipts(host: string, runToken: string): Promise<readonly Receipt[]>
  /** The journal of a run as its host keeps it, for a rollback without Temporal. */
  journal(
    host: string,
    runToken: string,
  ): Promise<readonly { readonly token: string; readonly json: string }[]>
  /** What the last 200 runs noted of themselves on this host, the newest first. */
  runNotes(host: string): Promise<readonly NotedRun[]>
  /** Stops a command that still runs: TERM to its session, KILL after ten seconds. Gives its state then. */
  stop(host: string, token: string): Promise<EndFrame>
  /** All locks on a host that are held. */
  locks(host: string): Promise<readonly HeldLock[]>
  /** Removes a lock that its holder did not give back; `said` is kept in unlocked.log there. @throws CommandFailed where another holds it by now */
  breakLock(host: string, lock: Pick<HeldLock, 'name' | 'holder'>, said: string): Promise<void>
  /** The end of a command's output, also while it runs; not redacted. */
  tail(host: string, token: string, bytes: number): Promise<ReceiptTail>
  /** The key that a host shows now. No login is tried. */
  shownKey(host: string): Promise<ShownKey>
  /** Pins it. @throws HostKeyMismatch where another is pinned, unless it shall be replaced */
  trust(host: string, shown: ShownKey, options: { readonly replace: boolean }): Promise<void>
}

/** Opens nothing yet: each host is connected to when it is first asked something. */
export function openHosts(options: HostsOptions): AllHosts {
  const {
    inventory,
    root = '/var/lib/reinstate',
    patienceSeconds = 60,
    platform = process.platform,
  } = options
  const places = {
    inventory,
    knownHosts: options.knownHosts,
    sshConfig: options.sshConfig ?? join(homedir(), '.ssh', 'config'),
    // ssh's own variable, like TEMPORAL_… of Temporal: no setting of this product.
    agent: options.agent ?? process.env['SSH_AUTH_SOCK'],
  }
  const machines = new Map<string, Machine>()

  function entry(name: string): InventoryHost {
    const found = inventory.hosts.get(name)
    if (found !== undefined) return found
    const known = [...inventory.hosts.keys()].join(', ')
    throw new PlanRefused([
      {
        ...{ file: inventory.file, line: 1, column: 1, code: 'host-unknown' },
        message: `there is no host ${name} in the inventory`,
        hint: `it has: ${known}`,
      },
    ])
  }

  async function target(name: string): Promise<Target> {
    const host = entry(name)
    if (host.local === true)
      throw new HostUnreachable(name, 'it is this machine, which has no SSH key to show')
    return resolveTarget(name, host, places)
  }

  function machine(name: string): Machine {
    const known = machines.get(name)
    if (known !== undefined) return known
    const { local, become } = entry(name)
    if (local === true && platform !== 'linux')
      throw new NeedsLinux(`the host "${name}", which is this machine,`, platform)
    const made: Machine = {
      name,
      root: local === true ? (options.localRoot ?? root) : root,
      launch: [...(become === true ? ['sudo', '-n'] : []), ...(options.launch ?? [])],
      transport: local === true ? localTransport(name) : sshTransport(name, () => target(name)),
    }
    machines.set(name, made)
    return made
  }

  return {
    names: [...inventory.hosts.keys()],
    bind: (host, binding) => boundHost(machine(host), binding, { patienceSeconds, machineOf: machine }),
    check: async (host, { signal, secrets }) => {
      const docker = entry(host).local === true ? (options.localDocker ?? 'needed') : 'needed'
      const check = () => checkHost(machine(host), { signal, redact: redactor(secrets) }, { docker })
      return checks(() =>
        check().catch((error: unknown) => {
          // Once more: a machine that many log in to, or this one, may just have been busy.
          if (error instanceof HostUnreachable && !signal.aborted) return check()
          throw error
        }),
      )
    },
    identity: async (host) => {
      if (entry(host).local === true) return { host, address: 'this machine', keys: [] }
      const found = await target(host)
      return { host, address: addressOf(found), keys: found.pinned.map(fingerprint).sort() }
    },
    takeLock: async (host, { name, holder }) => {
      const holds = await takeLock(machine(host), name, holder)
      if (holds !== holder) throw new LockHeld(`the lock ${name} on ${host}`, holds)
    },
    releaseLock: (host, { name, holder }) => releaseLock(machine(host), name, holder),
    noteRun: (host, binding, note) => noteRun(machine(host), binding, note),
    runNotes: (host) => readNotes(machine(host), new AbortController().signal),
    stop: (host, token) => cancel(machine(host), token, STOP_GRACE_SECONDS),
    locks: (host) => heldLocks(machine(host), new AbortController().signal),
    breakLock: (host, lock, said) => breakLock(machine(host), lock, said),
    markUndone: (host, step) => markUndone(machine(host), stepPrefix(step)),
    receipts: (host, runToken) => receiptsOf(machine(host), runToken),
    journal: (host, runToken) => journalOf(machine(host), runToken),
    tail: (host, token, bytes) => tailOf(machine(host), token, bytes),
    shownKey: async (host) => fetchHostKey(await target(host)),
    trust: async (host, shown, { replace }) =>
      pin(places.knownHosts, { target: await target(host), shown, replace }),
    close: async () => {
      await Promise.all([...machines.values()].map(({ transport: reach }) => reach.close()))
      machines.clear()
    },
  }
}

function addressOf({ user, address, port, jump }: Target): string {
  return `${user}@${address}:${port}${jump === undefined ? '' : ` by ${addressOf(jump)}`}`
}
