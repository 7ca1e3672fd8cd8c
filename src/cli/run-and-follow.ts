import type { Command } from 'commander'
import type { Config } from '../config.ts'
import { revive } from '../embedded/bring-up.ts'
import { locateTemporal, pageOf } from '../embedded/connection.ts'
import type { RunRequest } from '../workflows/messages.ts'
import type { ExitCode } from './exit-codes.ts'
import { checkHere, personName, planForWorker, whoAmI } from './plan-argument.ts'
import { followToTheEnd } from './run/follow.ts'
import { startRun } from './start-run.ts'
import { note } from './terminal.ts'
import { withEverythingUp } from './with-temporal.ts'

/** The options of every command that starts a run. */
export interface RunOptions {
  readonly id?: string
  readonly yes?: boolean
  readonly detach?: boolean
  readonly json?: boolean
  readonly by?: string
}

export function addRunOptions(command: Command): Command {
  return command
    .option('--yes', 'approves gates in the name of the starter, and prints what it approves')
    .option('--detach', 'exits once the plan is accepted or waits for a decision')
    .option('--by <name>', 'who starts it and decides. Default: your login name', personName)
    .option('--json', 'prints the run as JSON when it ends')
}

/** Starts a run of a plan, with what it needs on this machine, and follows it to its end. `begun` gets the id of the run. */
export async function runAndFollow(
  { plan, inputs = {}, preview }: Pick<RunRequest, 'plan' | 'inputs' | 'preview'>,
  { id, yes = false, detach = false, json = false, by = whoAmI() }: RunOptions,
  config: Config,
  begun: (run: string) => void = () => undefined,
): Promise<ExitCode> {
  // If the worker is on this machine, a bad plan is reported before anything is started.
  if ((await locateTemporal(config)).mayEmbed) await checkHere(plan, inputs, config)
  return await withEverythingUp(config, async (temporal) => {
    const request = { plan: planForWorker(plan), inputs, by, ...(preview ? { preview } : {}) }
    const run = await startRun(temporal, request, id)
    begun(run)
    note(`run ${run}\n  ${pageOf(temporal, run)}`)
    return await followToTheEnd(temporal, run, {
      ...{ by, json, yes, past: 'all' as const },
      revive: (known) => revive(config, known, note),
      ...(detach ? { enough: ({ status }) => !BEFORE_ANY_CHANGE.includes(status.state) } : {}),
    })
  })
}

/** A detached run is left after these states. */
const BEFORE_ANY_CHANGE: readonly string[] = ['resolving', 'previewing']
