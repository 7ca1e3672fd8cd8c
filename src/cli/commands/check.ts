import type { Command } from 'commander'
import { readConfig } from '../../config.ts'
import { exitCodes } from '../exit-codes.ts'
import { checkHere, collected, readInputs } from '../plan-argument.ts'
import { counted } from '../rendering/columns.ts'
import { print } from '../terminal.ts'

export function define(command: Command): void {
  command
    .argument('<plan>', 'the name of a plan, or a path to its folder or file')
    .option('--input <name=value>', 'an input of the plan; may be given several times', collected)
    .addHelpText('after', '\nExample:\n  reinstate check guestbook-restore')
    .action(async (name: string, { input = [] }: { readonly input?: readonly string[] }) => {
      const plan = await checkHere(name, readInputs(input), readConfig())
      const steps = plan.phases.flatMap((phase) => phase.steps)
      const gates = plan.phases.filter(({ gate }) => gate !== undefined).length
      const parts = [
        counted(plan.phases.length, 'phase'),
        counted(steps.length, 'step'),
        counted(gates, 'gate'),
      ]
      print([
        `${plan.plan}: ${plan.title}`,
        `  well formed: ${parts.join(', ')}, on ${plan.hosts.join(', ')}`,
      ])
      process.exitCode = exitCodes.done
    })
}
