import type { Command } from 'commander'
import { pageOf } from '../../embedded/connection.ts'
import { exitCodeFor, forScripts } from '../run/snapshot.ts'
import { readWhatIsKnown } from '../run/read-run.ts'
import { showLines } from '../rendering/status-lines.ts'
import { print, printJson } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

export function define(command: Command): void {
  command
    .argument('<run>', 'the id of a run')
    .option('--json', 'prints it as JSON')
    .addHelpText('after', '\nExample:\n  reinstate show guestbook-restore-20261121-0755')
    .action(async (run: string, { json = false }: { readonly json?: boolean }) => {
      process.exitCode = await withTemporal(async (temporal) => {
        const snapshot = await readWhatIsKnown(temporal, run)
        if (json) printJson(forScripts(snapshot))
        else print(showLines(snapshot, { now: new Date(), page: pageOf(temporal, run) }))
        return exitCodeFor(snapshot)
      })
    })
}
