import type { Command } from 'commander'
import { pageOf } from '../../embedded/connection.ts'
import type { Temporal } from '../../embedded/connection.ts'
import { exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { personName, whoAmI } from '../plan-argument.ts'
import { runListLines, statusLines } from '../rendering/status-lines.ts'
import { followToTheEnd } from '../run/follow.ts'
import { listRuns } from '../run/list-runs.ts'
import { readWhatIsKnown } from '../run/read-run.ts'
import { exitCodeFor, forScripts } from '../run/snapshot.ts'
import { readUndelivered } from '../run/undelivered.ts'
import { print, printJson } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

interface Options {
  readonly follow?: boolean
  readonly all?: boolean
  readonly yes?: boolean
  readonly json?: boolean
  readonly by?: string
}

export function define(command: Command): void {
  command
    .argument('[run]', 'one run in full; without it, all runs')
    .option('-f, --follow', 'stays until the run ends, and lets you decide')
    .option('--all', 'with --follow, also prints earlier events, as logs does')
    .option('--yes', 'with --follow, approves gates and prints what it approves')
    .option('--by <name>', 'with --follow, who decides. Default: your login name', personName)
    .option('--json', 'prints it as JSON')
    .addHelpText('after', '\nExample:\n  reinstate status guestbook-restore-20261121-0755')
    .action(async (run: string | undefined, options: Options) => {
      process.exitCode = await withTemporal((temporal) =>
        run === undefined ? statusOfAll(temporal, options) : statusOf(temporal, run, options),
      )
    })
}

async function statusOfAll(temporal: Temporal, { json = false }: Options): Promise<ExitCode> {
  const runs = await listRuns(temporal)
  if (json) printJson(runs)
  else print(runListLines(runs))
  return exitCodes.done
}

async function statusOf(temporal: Temporal, run: string, options: Options): Promise<ExitCode> {
  const { follow = false, all = false, json = false, yes = false, by = whoAmI() } = options
  const past = all ? 'all' : 'in-short'
  if (follow) return await followToTheEnd(temporal, run, { by, json, yes, past })
  const known = await readWhatIsKnown(temporal, run)
  const undelivered = await readUndelivered(temporal, run, known.startedAt)
  const snapshot = { ...known, ...(undelivered.length > 0 && { undelivered }) }
  if (json) printJson(forScripts(snapshot))
  else print(statusLines(snapshot, { now: new Date(), page: pageOf(temporal, run) }))
  return exitCodeFor(snapshot)
}
