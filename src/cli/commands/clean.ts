import type { Command } from 'commander'
import { duration } from '../../fields/duration.ts'
import { cleanHosts } from '../clean.ts'
import { BadInput } from '../exit-codes.ts'
import { whoAmI } from '../plan-argument.ts'
import { collected } from '../read-inputs.ts'

interface Options {
  readonly olderThan?: string
  readonly without?: readonly string[]
  readonly by?: string
  readonly yes?: boolean
  readonly json?: boolean
}

export function define(command: Command): void {
  command
    .argument('<run>', 'the id of a run; or a host of the inventory, for the closed runs that it keeps')
    .option(
      '--older-than <duration>',
      'with a host: also runs that could still be rolled back, if nothing of them changed for so long: 30d, 12h',
    )
    .option('--without <host>', 'a host of the run that is gone; nothing is removed there', collected)
    .option('--yes', 'does not ask before it removes')
    .option('--by <name>', 'who cleans; is kept on the hosts. Default: the login name')
    .option('--json', 'prints what is kept as JSON; removes it only with --yes')
    .addHelpText(
      'after',
      `
Removes receipts, saved originals, kept images, quarantined directories, and volumes that a rollback left
unused. A volume that holds restored data stays. A cleaned run can no longer be rolled back.

Examples:
  reinstate clean guestbook-restore-20261121-0755
  reinstate clean server --older-than 30d`,
    )
    .action(async (what: string, { olderThan, without = [], by = whoAmI(), ...options }: Options) => {
      const { yes = false, json = false } = options
      const age = olderThan === undefined ? undefined : secondsOf(olderThan)
      process.exitCode = await cleanHosts({
        ...{ what, without, by, yes, json },
        ...(age === undefined ? {} : { olderThanSeconds: age }),
      })
    })
}

function secondsOf(typed: string): number {
  const { data: seconds } = duration.safeParse(typed)
  if (seconds !== undefined) return seconds
  throw new BadInput(`--older-than "${typed}" is not a duration`, 'reinstate clean HOST --older-than 30d')
}
