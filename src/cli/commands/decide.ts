import type { Command } from 'commander'
import { takeDecision } from '../deciding.ts'
import { personName, whoAmI } from '../plan-argument.ts'
import { withTemporal } from '../with-temporal.ts'

interface Options {
  readonly by?: string
  readonly key?: string
  readonly digest?: string
  readonly reason?: string
}

const BY = 'who decides; verified where the answer is signed. Default: the login name'
const KEY =
  'signs with this SSH key. Default, where a signature is demanded: the only key of ssh-agent, then ~/.ssh/id_*'

export function define(command: Command): void {
  command
    .argument('<run>', 'the id of a run')
    .argument('<decision>', 'an open decision, such as gate/cutover')
    .argument('<choice>', 'one of its answers, such as approve or retry')
    .option('--by <name>', BY, personName)
    .option('--key <file>', KEY)
    .option('--digest <digest>', 'the digest of what is approved, as it is shown')
    .option('--reason <text>', 'recorded with the answer')
    .addHelpText(
      'after',
      '\nExample:\n  reinstate decide guestbook-restore-20261121-0755 failed/copy-db~1 retry',
    )
    .action(async (run: string, decision: string, choice: string, { by = whoAmI(), ...options }: Options) => {
      process.exitCode = await withTemporal((temporal) =>
        takeDecision(temporal, { run, decision, choice, by, ...options }),
      )
    })
}

/** `approve` and `reject`: short for `decide`, for the only open gate. */
export function defineAs(choice: 'approve' | 'reject'): (command: Command) => void {
  return (command) => {
    command
      .argument('<run>', 'the id of a run with one open gate')
      .option('--by <name>', BY, personName)
      .option('--key <file>', KEY)
      .option('--reason <text>', 'recorded with the answer')
    if (choice === 'approve')
      command.option('--digest <digest>', 'the digest of what is approved, as it is shown')
    command
      .addHelpText('after', `\nExample:\n  reinstate ${choice} guestbook-restore-20261121-0755`)
      .action(async (run: string, { by = whoAmI(), ...options }: Options) => {
        process.exitCode = await withTemporal((temporal) =>
          takeDecision(temporal, { run, choice, by, ...options }),
        )
      })
  }
}
