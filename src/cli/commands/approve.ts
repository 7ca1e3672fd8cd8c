import type { Command } from 'commander'
import { whoAmI } from '../plan-argument.ts'
import { takeDecision } from '../take-decision.ts'
import { withTemporal } from '../with-temporal.ts'

interface Options {
  readonly by?: string
  readonly seal?: string
  readonly reason?: string
}

/** `approve` and `reject`: short for `decide`, where one gate is open. */
export function defineAs(choice: 'approve' | 'reject'): (command: Command) => void {
  return (command) => {
    command
      .argument('<run>', 'the id of a run with one open gate')
      .option('--by <name>', 'who decides; the login name unless said')
      .option('--reason <text>', 'is kept with the answer')
    if (choice === 'approve')
      command.option('--seal <seal>', 'stands for what is approved, as the gate shows it')
    command
      .addHelpText('after', `\nExample:\n  reinstate ${choice} guestbook-restore-20261121-0755`)
      .action(async (run: string, { by = whoAmI(), ...options }: Options) => {
        process.exitCode = await withTemporal((temporal) =>
          takeDecision(temporal, { run, choice, by, ...options }),
        )
      })
  }
}
