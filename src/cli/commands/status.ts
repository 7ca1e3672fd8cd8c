import type { Command } from 'commander'
import { pageOf } from '../../embedded/connection.ts'
import type { Temporal } from '../../embedded/connection.ts'
import { exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { followToTheEnd } from '../follow-to-the-end.ts'
import { listRuns } from '../list-runs.ts'
import { exitCodeFor } from '../outcome.ts'
import { whoAmI } from '../plan-argument.ts'
import { readStory } from '../read-once.ts'
import { runListLines, statusLines } from '../rendering/status-lines.ts'
import { storyForScripts } from '../story.ts'
import { print, printJson } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

interface Options {
  readonly follow?: boolean
  readonly yes?: boolean
  readonly json?: boolean
  readonly by?: string
}

export function define(command: Command): void {
  command
    .argument('[run]', 'one run in full; without it, all runs')
    .option('--follow', 'stays until the run ends, and lets you decide')
    .option('--yes', 'with --follow, approves gates, and prints what is approved')
    .option('--by <name>', 'who decides, with --follow; the login name unless said')
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
  const { follow = false, json = false, yes = false, by = whoAmI() } = options
  if (follow) return await followToTheEnd(temporal, run, { by, json, yes })
  const story = await readStory(temporal, run)
  if (json) printJson(storyForScripts(story))
  else print(statusLines(story, { now: new Date(), page: pageOf(temporal, run) }))
  return exitCodeFor(story)
}
