import { access } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { HostUnreachable } from '../errors.ts'
import type { Inventory, InventoryHost } from './inventory.ts'
import { knownKeys, parseKey } from './known-hosts.ts'
import type { Endpoint, KnownKeys } from './known-hosts.ts'
import { readSshConfig } from './ssh-config.ts'
import { userName } from './user-name.ts'

/** How to log in to a host, from the inventory, `~/.ssh/config` and the pinned keys. */
export interface Target extends Endpoint, KnownKeys {
  readonly name: string
  readonly user: string
  /** Files with private keys, in the order of attempts. */
  readonly keyFiles: readonly string[]
  /** The socket of an ssh-agent. */
  readonly agent?: string
  readonly jump?: Target
}

/** The files and settings that targets are read from. */
export interface TargetSources {
  readonly inventory: Inventory
  readonly knownHosts: string
  readonly sshConfig: string
  /** The socket of an ssh-agent. */
  readonly agent: string | undefined
}

/** Resolves a host's target and its jump hosts. The inventory takes precedence over `~/.ssh/config`. */
export async function resolveTarget(
  name: string,
  host: InventoryHost,
  places: TargetSources,
): Promise<Target> {
  return follow({ name, host, through: [] }, places)
}

interface Hop {
  readonly name: string
  readonly host: InventoryHost
  readonly through: readonly string[]
}

async function follow({ name, host, through }: Hop, places: TargetSources): Promise<Target> {
  if (through.includes(name))
    throw new HostUnreachable(name, `its jump hosts form a cycle: ${through.join(', ')}`)
  const config = await readSshConfig(places.sshConfig, host.address ?? name)
  const endpoint = {
    address: config?.address ?? host.address ?? name,
    port: host.port ?? config?.port ?? 22,
  }
  const pinnedInline = host.hostKey === undefined ? undefined : parseKey(host.hostKey)
  const known = await knownKeys(places.knownHosts, endpoint)
  const jump = host.jump ?? config?.jump
  const agent = config?.agent ?? places.agent
  return {
    ...endpoint,
    name,
    user: host.user ?? config?.user ?? userName(),
    keyFiles: await existing(host.key === undefined ? (config?.keyFiles ?? defaultKeys()) : [host.key]),
    pinned: pinnedInline === undefined ? known.pinned : [pinnedInline],
    revoked: known.revoked,
    ...(agent === undefined ? {} : { agent }),
    ...(jump === undefined ? {} : { jump: await hop(jump, { name, host, through }, places) }),
  }
}

/** A jump host is a host of the inventory, or `user@address:port` as in ProxyJump; several are joined by commas. */
async function hop(jump: string, from: Hop, places: TargetSources): Promise<Target> {
  const through = [...from.through, from.name]
  const listed = places.inventory.hosts.get(jump)
  if (listed !== undefined) return follow({ name: jump, host: listed, through }, places)
  const before = jump.split(',')
  const last = before.pop() ?? ''
  const { user, address, port } =
    /^(?:ssh:\/\/)?(?:(?<user>[^@]+)@)?(?<address>[^:]+)(?::(?<port>\d+))?$/.exec(last)?.groups ?? {}
  if (address === undefined)
    throw new HostUnreachable(from.name, `its jump host "${jump}" is not user@address:port`)
  const host: InventoryHost = {
    address,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(before.length === 0 ? {} : { jump: before.join(',') }),
  }
  return follow({ name: address, host, through }, places)
}

function defaultKeys(): readonly string[] {
  return ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((file) => join(homedir(), '.ssh', file))
}

/** Leaves out missing default keys. A single, named key stays: connecting reports that it is missing. */
async function existing(files: readonly string[]): Promise<readonly string[]> {
  if (files.length === 1) return files.map((file) => resolve(file))
  const found = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => file,
        () => undefined,
      ),
    ),
  )
  return found.filter((file) => file !== undefined)
}
