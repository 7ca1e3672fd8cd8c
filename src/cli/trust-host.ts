import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Inventory } from '../host/inventory.ts'
import { resolveTarget, type Target } from '../host/target.ts'
import { fetchHostKey, pin, type ShownKey } from '../host/trust.ts'
import { BadInput } from './exit-codes.ts'
import { askLine } from './terminal.ts'

/** A host of an inventory that was asked for its key. */
export interface AskedHost {
  readonly name: string
  readonly knownHosts: string
  readonly target: Target
  readonly shown: ShownKey
}

/** Reads the key of a host. @throws HostUnreachable · BadInput if the inventory has no such host */
export async function askForKey(name: string, inventory: Inventory, knownHosts: string): Promise<AskedHost> {
  const host = inventory.hosts.get(name)
  if (!host) {
    throw new BadInput(
      `${inventory.file} names no host ${name}; it names: ${[...inventory.hosts.keys()].join(', ') || 'none'}`,
    )
  }
  if (host.local === true) throw new BadInput(`${name} is this machine; it has no key`)
  const places = { inventory, knownHosts, sshConfig: join(homedir(), '.ssh', 'config'), agent: undefined }
  const target = await resolveTarget(name, host, places)
  return { name, knownHosts, target, shown: await fetchHostKey(target) }
}

/** Shows the key, and how to compare it. */
export function keyLines({ name, target, shown }: AskedHost): readonly string[] {
  return [
    `${name} (${target.address}, port ${target.port}) shows the key`,
    `  ${shown.fingerprint}`,
    ...(shown.pinned
      ? ['It is pinned already.']
      : [
          'Compare it with the output on the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
        ]),
  ]
}

/** Asks for confirmation. @throws BadInput unless the answer is yes */
export async function compareByEye({ name }: AskedHost): Promise<void> {
  const answer = await askLine('is it the same (yes or no)? ')
  if (!/^y(es)?$/i.test(answer ?? '')) throw new BadInput('not pinned', `reinstate trust ${name}`)
}

/** Pins the key; returns a message. @throws HostKeyMismatch if another key is pinned, without `replace` */
export async function pinKey(
  { target, shown, knownHosts }: AskedHost,
  { replace }: { readonly replace: boolean },
): Promise<string> {
  await pin(knownHosts, { target, shown, replace })
  return `pinned in ${knownHosts}`
}
