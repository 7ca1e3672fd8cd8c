import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import { readInventory } from '../../host/inventory.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { print, someoneIsThere } from '../terminal.ts'
import { askForKey, compareByEye, keyLines, pinKey } from '../trust-host.ts'

interface Options {
  readonly replace?: boolean
  readonly yes?: boolean
}

export function define(command: Command): void {
  command
    .argument('<host>', 'a host of the inventory')
    .option('--replace', 'replaces a pinned key, because the host was reinstalled')
    .option('--yes', 'does not ask; for a key that was compared by other means')
    .addHelpText('after', '\nExample:\n  reinstate trust server')
    .action(async (host: string, options: Options) => {
      process.exitCode = await trust(host, options)
    })
}

async function trust(name: string, { replace = false, yes = false }: Options): Promise<ExitCode> {
  const { inventory, knownHosts } = readConfig()
  const asked = await askForKey(name, await readInventory(inventory), knownHosts)
  print(keyLines(asked))
  if (asked.shown.pinned) return exitCodes.done
  if (!yes && !someoneIsThere())
    throw new BadInput(
      'no terminal: nobody can compare the key',
      `reinstate trust ${name} --yes, after comparing it`,
    )
  if (!yes) await compareByEye(asked)
  print([await pinKey(asked, { replace })])
  return exitCodes.done
}
