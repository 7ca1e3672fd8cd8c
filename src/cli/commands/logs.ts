import type { Command } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import { readLog } from '../read-log.ts'
import { inOrder, logLines } from '../rendering/log-lines.ts'
import { print, printJson } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

export function define(command: Command): void {
  command
    .argument('<run>', 'the id of a run')
    .argument('[step]', 'only this step')
    .option('--json', 'prints the entries as JSON')
    .addHelpText('after', '\nExample:\n  reinstate logs guestbook-restore-20261121-0755 restore-database')
    .action(async (run: string, step: string | undefined, { json = false }: { readonly json?: boolean }) => {
      process.exitCode = await withTemporal(async (temporal) => {
        const entries = await readLog(temporal, run)
        const wanted = step === undefined ? entries : entries.filter((entry) => entry.step === step)
        if (json) printJson(inOrder(wanted))
        else print(logLines(wanted))
        return exitCodes.done
      })
    })
}
