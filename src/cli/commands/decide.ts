import type { Command } from 'commander'
import { takeDecision } from '../deciding.ts'
import { whoAmI } from '../plan-argument.ts'
import { withTemporal } from '../with-temporal.ts'

interface Options {
  readonly by?: string
  readonly digest?: string
  readonly reason?: string
}

export function define(command: Command): void {
  command
    .argument('<run>', 'the id of a run')
    .argument('<decision>', 'what is open, such as gate/cutover')
    .argument('<choice>', 'one of its answers, such as approve or retry')
    .option('--by <name>', 'who decides; the login name unless said')
    .option('--digest <digest>', 'stands for what is approved, as the gate shows it')
    .option('--reason <text>', 'is kept with the answer')
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

/** `approve` and `reject`: short for `decide`, where one gate is open. */
export function defineAs(choice: 'approve' | 'reject'): (command: Command) => void {
  return (command) => {
    command
      .argument('<run>', 'the id of a run with one open gate')
      .option('--by <name>', 'who decides; the login name unless said')
      .option('--reason <text>', 'is kept with the answer')
    if (choice === 'approve')
      command.option('--digest <digest>', 'stands for what is approved, as the gate shows it')
    command
      .addHelpText('after', `\nExample:\n  reinstate ${choice} guestbook-restore-20261121-0755`)
      .action(async (run: string, { by = whoAmI(), ...options }: Options) => {
        process.exitCode = await withTemporal((temporal) =>
          takeDecision(temporal, { run, choice, by, ...options }),
        )
      })
  }
}
