import { homedir } from 'node:os'
import { join } from 'node:path'
import { HostUnreachable, LockHeld, NeedsLinux, PlanRefused } from '../errors.ts'
import { boundHost } from './bound-host.ts'
import type { HostObserver, Machine, Transport } from './channel.ts'
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

// A run checks all its hosts at its start: the answers of many at once would delay the logins of the others.
const checks = concurrencyLimit(8)

export interface HostsOptions {
  readonly inventory: Inventory
  /** The file with the pinned host keys. */
  readonly knownHosts: string
  /** The directory of receipts, originals and locks on each host. Default: /var/lib/reinstate. */
  readonly root?: string
  /** The same for local hosts, whose worker may not be root. Default: `root`. */
  readonly localRoot?: string
  /** Default: ~/.ssh/config. */
  readonly sshConfig?: string
  /** The socket of an ssh-agent. Default: SSH_AUTH_SOCK. */
  readonly agent?: string
  /** How long one activity attempt waits for an unreachable host. Default: 60. */
  readonly patienceSeconds?: number
  /** How long the answer to a short request may take. Default: 120. */
  readonly answerSeconds?: number
  /** Hears of connections and requests. Default: nobody. */
  readonly observer?: HostObserver
  /** Words put before every program on a host, such as `env A=b`. */
  readonly launch?: readonly string[]
  /** Whether the check of a local host includes Docker. Default: `needed`. */
  readonly localDocker?: 'needed' | 'not needed'
  /** Node's name for this machine's system, which must be Linux for local hosts. Default: `process.platform`. */
  readonly platform?: NodeJS.Platform
}

/** The operations of the CLI, in addition to those of steps. */
export interface AllHosts extends Hosts {
  /** Returns the receipts of a run, sorted by token. */
  receipts(host: string, runToken: string): Promise<readonly Receipt[]>
  /** Returns the journal of a run from its host, for a rollback without Temporal. */
  journal(
    host: string,
    runToken: string,
  ): Promise<readonly { readonly token: string; readonly json: string }[]>
  /** Returns the notes of the last 200 runs on this host, newest first. */
  runNotes(host: string): Promise<readonly NotedRun[]>
  /** Stops a command: TERM to its session, KILL after 10 s. Returns its state. */
  stop(host: string, token: string): Promise<EndFrame>
  /** Returns all locks on a host. */
  locks(host: string): Promise<readonly HeldLock[]>
  /** Removes a lock whose holder is gone; logs `reason` to unlocked.log on the host. @throws CommandFailed if its holder has changed */
  breakLock(host: string, lock: Pick<HeldLock, 'name' | 'holder'>, reason: string): Promise<void>
  /** Returns the end of a command's output, also while it runs. Not redacted. */
  tail(host: string, token: string, bytes: number): Promise<ReceiptTail>
  /** Returns the host's current key. Does not log in. */
  shownKey(host: string): Promise<ShownKey>
  /** Pins a key. @throws HostKeyMismatch if another is pinned and `replace` is false */
  trust(host: string, shown: ShownKey, options: { readonly replace: boolean }): Promise<void>
}

/** Connects to each host at its first use. */
export function openHosts(options: HostsOptions): AllHosts {
  const {
    inventory,
    root = '/var/lib/reinstate',
    patienceSeconds = 60,
    answerSeconds = 120,
    observer,
    platform = process.platform,
  } = options
  const places = {
    inventory,
    knownHosts: options.knownHosts,
    sshConfig: options.sshConfig ?? join(homedir(), '.ssh', 'config'),
    // A variable of ssh, not of this product.
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
        message: `the host "${name}" is not in the inventory`,
        hint: `its hosts: ${known}`,
      },
    ])
  }

  async function target(name: string): Promise<Target> {
    const host = entry(name)
    if (host.local === true) throw new HostUnreachable(name, 'it is this machine, which has no SSH host key')
    return resolveTarget(name, host, places)
  }

  function machine(name: string): Machine {
    const known = machines.get(name)
    if (known !== undefined) return known
    const { local, become } = entry(name)
    if (local === true && platform !== 'linux')
      throw new NeedsLinux(`the host "${name}", which is this machine,`, platform)
    const made: Machine = {
      ...{ name, answerSeconds },
      root: local === true ? (options.localRoot ?? root) : root,
      launch: [...(become === true ? ['sudo', '-n'] : []), ...(options.launch ?? [])],
      transport: observed(
        local === true ? localTransport(name) : sshTransport(name, () => target(name), observer),
        () => observer?.asked(name),
      ),
    }
    machines.set(name, made)
    return made
  }

  return {
    names: [...inventory.hosts.keys()],
    taskQueues: taskQueuesIn(inventory),
    bind: (host, binding) => boundHost(machine(host), binding, { patienceSeconds, machineOf: machine }),
    check: async (host, { signal, secrets }) => {
      const docker = entry(host).local === true ? (options.localDocker ?? 'needed') : 'needed'
      const check = () => checkHost(machine(host), { signal, redact: redactor(secrets) }, { docker })
      return checks(() =>
        check().catch((error: unknown) => {
          // Once more: the host or this machine may have been busy.
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
    takeLock: async (host, lock, signal) => {
      const holder = await takeLock(machine(host), lock, signal)
      if (holder !== lock.holder) throw new LockHeld(lock.name, host, holder)
    },
    releaseLock: (host, lock, signal) => releaseLock(machine(host), lock, signal),
    noteRun: (host, binding, note) => noteRun(machine(host), binding, note),
    runNotes: (host) => readNotes(machine(host), new AbortController().signal),
    stop: (host, token) => cancel(machine(host), token, { graceSeconds: STOP_GRACE_SECONDS }),
    locks: (host) => heldLocks(machine(host), new AbortController().signal),
    breakLock: (host, lock, reason) => breakLock(machine(host), lock, reason),
    markUndone: (host, step, signal) => markUndone(machine(host), stepPrefix(step), signal),
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

/** The same transport; calls `asked` for each program that is started or lent: a request each. */
function observed(transport: Transport, asked: () => void): Transport {
  return {
    ...transport,
    open: (words) => {
      asked()
      return transport.open(words)
    },
    borrow: (words, options) => {
      asked()
      return transport.borrow(words, options)
    },
  }
}

function addressOf({ user, address, port, jump }: Target): string {
  return `${user}@${address}:${port}${jump === undefined ? '' : ` via ${addressOf(jump)}`}`
}

function taskQueuesIn({ hosts }: Inventory): Hosts['taskQueues'] {
  const named = [...hosts].flatMap(([name, { taskQueue }]) =>
    taskQueue === undefined ? [] : [[name, taskQueue]],
  )
  return Object.fromEntries(named) as Hosts['taskQueues']
}
