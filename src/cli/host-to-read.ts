import { existsSync, statSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import type { Config } from '../config.ts'
import type { HostView } from '../host/host.ts'
import { openHosts } from '../host/hosts.ts'
import { parseInventory, readInventory, type Inventory, type InventoryHost } from '../host/inventory.ts'
import { atHome } from '../host/ssh-config.ts'
import { hostLines, inventoryText, readAddress, type NewHost } from '../init/inventory-text.ts'
import { writeFresh } from '../init/write-fresh.ts'
import { BadInput } from './exit-codes.ts'
import { note, print, printJson, someoneIsThere } from './terminal.ts'
import { askForKey, compareByEye, keyLines, pinKey, type AskedHost } from './trust-host.ts'

interface HostOptions {
  readonly address?: string
  readonly key?: string
  readonly json?: boolean
  /** The typed command without --address and --key. */
  readonly retryCommand: string
}

/** Lets a command read a host of the inventory; the connection ends with `read`. `by` is the command's name. */
export async function readingHost<Result>(
  name: string,
  { by, inventory, config }: { readonly by: string; readonly inventory: Inventory; readonly config: Config },
  read: (host: HostView) => Promise<Result>,
): Promise<Result> {
  const hosts = openHosts({ inventory, knownHosts: config.knownHosts })
  try {
    const host = hosts.bind(name, {
      ...{ runToken: by, phase: by, step: 'read', attempt: 1, secrets: [] },
      ...{ signal: new AbortController().signal, beat: () => undefined },
    })
    return await read(host)
  } finally {
    await hosts.close()
  }
}

/**
 * Returns the inventory that names the host. Creates a missing inventory, shows the host's key and pins it after a yes;
 * undefined if there is no terminal to ask. @throws BadInput if the options contradict the inventory
 */
export async function inventoryFor(
  name: string,
  said: HostOptions,
  config: Config,
): Promise<Inventory | undefined> {
  const host = typedHost(name, said, config)
  if (!existsSync(config.inventory)) {
    if (host.address !== undefined)
      return await beginInventory({ ...host, address: host.address }, said, config)
    throw new BadInput(
      `there is no inventory yet; say where ${name} is`,
      `reinstate init ${name} --address root@203.0.113.7`,
    )
  }
  const inventory = await readInventory(config.inventory)
  const shown = relative('', config.inventory)
  const entry = inventory.hosts.get(name)
  if (!entry) throw new BadInput(unknownHost(host, inventory))
  const differs = differencesOf(host, entry)
  if (differs.length > 0) {
    throw new BadInput(
      `${shown} says otherwise of ${name}: ${differs.join('; ')}; nothing was read. Change it there, or leave out what you gave here`,
      said.retryCommand,
    )
  }
  return inventory
}

type TypedHost = Omit<NewHost, 'address'> & { readonly address?: string | undefined }

function typedHost(name: string, { address, key }: HostOptions, { inventory }: Config): TypedHost {
  const read = address === undefined ? {} : readAddress(address)
  if ('problem' in read) throw new BadInput(`--address ${address ?? ''} ${read.problem}`)
  if (key === undefined) return { name, ...read }
  const file = resolve(atHome(key))
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new BadInput(`--key ${key}: there is no file ${file}`)
  // Key paths in an inventory are relative to it.
  const isAsTyped = key.startsWith('~/') || isAbsolute(key) || dirname(inventory) === process.cwd()
  return { name, ...read, key: isAsTyped ? key : file }
}

async function beginInventory(
  host: NewHost,
  said: HostOptions,
  config: Config,
): Promise<Inventory | undefined> {
  const file = config.inventory
  const text = inventoryText(host)
  const inventory = parseInventory(text, file)
  const say = said.json ? (lines: readonly string[]) => lines.forEach(note) : print
  // The host is asked first: an address that does not answer is not written.
  const asked = await askForKey(host.name, inventory, config.knownHosts)
  await writeFresh(file, text, said.retryCommand)
  say([`wrote ${relative('', file)}, the machines that plans may name`, ...keyLines(asked)])
  if (asked.shown.pinned) return inventory
  if (!someoneIsThere()) {
    reportKeyNotPinned(asked, said, file)
    return undefined
  }
  await compareByEye(asked)
  say([await pinKey(asked, { replace: false })])
  return inventory
}

function reportKeyNotPinned(
  { name, shown, target }: AskedHost,
  { json = false, retryCommand: again }: HostOptions,
  file: string,
): void {
  const next = `reinstate trust ${name} --yes, once it is compared; then: ${again}`
  if (!json) return print(['nobody is here to compare it', `  next: ${next}`])
  const { address, port } = target
  printJson({ host: name, address, port, fingerprint: shown.fingerprint, pinned: false, wrote: [file], next })
}

function unknownHost(host: TypedHost, { file, hosts }: Inventory): string {
  const named = `${relative('', file)} names no host ${host.name}; it names: ${[...hosts.keys()].join(', ') || 'none'}`
  const { address } = host
  return address === undefined
    ? `${named}\n  next: reinstate init ${host.name} --address root@203.0.113.7 prints the lines to add`
    : [
        `${named}. Add below its hosts:`,
        ...hostLines({ ...host, address }),
        `  next: reinstate trust ${host.name}`,
      ].join('\n')
}

/** Compares only the given options. Default port: 22. */
function differencesOf(said: TypedHost, entry: InventoryHost): readonly string[] {
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ...(said.address === undefined
      ? []
      : ([
          ['address', entry.local ? 'this machine' : entry.address, said.address],
          ['port', entry.port ?? 22, said.port ?? 22],
        ] as const)),
    ...(said.user === undefined ? [] : [['user', entry.user, said.user] as const]),
    ...(said.key === undefined ? [] : [['key', entry.key, resolve(atHome(said.key))] as const]),
  ]
  return pairs.flatMap(([field, there, here]) =>
    there === here ? [] : [`${field} ${String(there ?? '(none)')}, not ${String(here)}`],
  )
}
