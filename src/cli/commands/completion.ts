import type { Command } from 'commander'
import { BadInput, exitCodes } from '../exit-codes.ts'
import { completionScript } from '../rendering/completion-script.ts'
import { print } from '../terminal.ts'

export function define(command: Command): void {
  command
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', '\nExample:\n  source <(reinstate completion bash)')
    .action((shell: string) => {
      const commands = command.parent?.commands ?? []
      const script = completionScript(
        shell,
        commands.map((one) => ({
          name: one.name(),
          summary: one.summary(),
          argument: one.registeredArguments[0]?.name(),
        })),
      )
      if (!script) throw new BadInput(`${shell} is none of bash, zsh, fish`, 'reinstate completion bash')
      print(script)
      process.exitCode = exitCodes.done
    })
}
