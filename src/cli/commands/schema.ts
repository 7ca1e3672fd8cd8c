import type { Command } from 'commander'
import { planJsonSchema } from '../../plan/json-schema.ts'
import { kinds } from '../../steps/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { printJson } from '../terminal.ts'

export function define(command: Command): void {
  command
    .addHelpText(
      'after',
      '\nExample:\n  reinstate schema > plan.schema.json\n' +
        '  # first line of a plan: # yaml-language-server: $schema=plan.schema.json',
    )
    .action(() => {
      printJson(planJsonSchema(kinds))
      process.exitCode = exitCodes.done
    })
}
