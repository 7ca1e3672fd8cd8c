import type { Command } from 'commander'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../config.ts'
import { readInventory } from '../../host/inventory.ts'
import { resolveTarget } from '../../host/target.ts'
import { fetchHostKey, pin } from '../../host/trust.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { askLine, print, someoneIsThere } from '../terminal.ts'

interface Options {
  readonly replace?: boolean
  readonly yes?: boolean
}

export function define(command: Command): void {
  command
    .argument('<host>', 'a host of the inventory')
    .option('--replace', 'takes the place of a key that is pinned: the host was set up anew')
    .option('--yes', 'does not ask; for a key that was compared by other means')
    .addHelpText('after', '\nExample:\n  reinstate trust droplet')
    .action(async (host: string, options: Options) => {
      process.exitCode = await trust(host, options)
    })
}

async function trust(name: string, { replace = false, yes = false }: Options): Promise<ExitCode> {
  const { inventory: file, knownHosts } = readConfig()
  const inventory = await readInventory(file)
  const host = inventory.hosts.get(name)
  if (!host) {
    throw new BadInput(
      `${file} names no host ${name}; it names: ${[...inventory.hosts.keys()].join(', ') || 'none'}`,
    )
  }
  if (host.local === true) throw new BadInput(`${name} is this machine; it has no key`)
  const places = { inventory, knownHosts, sshConfig: join(homedir(), '.ssh', 'config'), agent: undefined }
  const target = await resolveTarget(name, host, places)
  const shown = await fetchHostKey(target)
  print([`${name} (${target.address}, port ${target.port}) shows the key`, `  ${shown.fingerprint}`])
  if (shown.pinned) {
    print(['It is pinned already.'])
    return exitCodes.done
  }
  if (!yes) {
    if (!someoneIsThere())
      throw new BadInput('nobody is here to compare it', `reinstate trust ${name} --yes, once it is compared`)
    print(['Compare it with what the machine itself says: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub'])
    const answer = await askLine('is it the same (yes or no)? ')
    if (!/^y(es)?$/i.test(answer ?? '')) throw new BadInput('not pinned')
  }
  await pin(knownHosts, { target, shown, replace })
  print([`pinned in ${knownHosts}`])
  return exitCodes.done
}
