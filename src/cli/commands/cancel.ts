import { WorkflowNotFoundError } from '@temporalio/client'
import type { Command } from 'commander'
import type { Temporal } from '../../embedded/connection.ts'
import { meaningOf } from '../../workflows/run-states.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { followToTheEnd } from '../run/follow.ts'
import { presentRun } from '../run/list-runs.ts'
import type { ListedRun } from '../run/list-runs.ts'
import { noSuchRun } from '../run/names.ts'
import { exitCodeOfUndoing } from '../run/snapshot.ts'
import { whoAmI } from '../plan-argument.ts'
import { note } from '../terminal.ts'
import { withTemporal } from '../with-temporal.ts'

interface Options {
  readonly detach?: boolean
  readonly json?: boolean
}

export function define(command: Command): void {
  command
    .argument('<run>', 'the id of a run')
    .option('--detach', 'sends the request and exits')
    .option('--json', 'prints the whole run as JSON when it ends')
    .addHelpText('after', '\nExample:\n  reinstate cancel guestbook-restore-20261121-0755')
    .action(async (run: string, options: Options) => {
      process.exitCode = await withTemporal((temporal) => cancel(temporal, run, options))
    })
}

async function cancel(
  temporal: Temporal,
  run: string,
  { detach = false, json = false }: Options,
): Promise<ExitCode> {
  const present = await presentRun(temporal, run)
  if (present.isClosed) throw notOpen(present)
  try {
    await temporal.client.workflow.getHandle(run).cancel()
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    throw noSuchRun(run)
  }
  note(
    `${run} is cancelled: its steps are stopped. What was done is rolled back; in a plan with approvers, once one of them approves`,
  )
  if (detach) return exitCodes.done
  return await followToTheEnd(temporal, run, {
    ...{ by: whoAmI(), json, past: 'in-short', exitCode: exitCodeOfUndoing },
  })
}

/** Temporal takes a cancel of a closed workflow and does nothing. */
function notOpen({ run, state }: ListedRun): BadInput {
  const { isOpen, changes, means } = meaningOf(state)
  const next = isOpen
    ? `reinstate status ${run} --follow`
    : changes === 'kept'
      ? `reinstate rollback ${run}`
      : `reinstate show ${run}`
  return new BadInput(`${run} has ended, so there is nothing to cancel; it is ${state}: ${means}`, next)
}
