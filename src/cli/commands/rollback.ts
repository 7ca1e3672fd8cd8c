import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import type { Command } from 'commander'
import { resolve } from 'node:path'
import { readConfig } from '../../config.ts'
import { revive } from '../../embedded/bring-up.ts'
import type { Temporal } from '../../embedded/connection.ts'
import { staticDetails } from '../../workflows/details.ts'
import { rollbackId, TASK_QUEUE } from '../../workflows/messages.ts'
import type { RollbackResult, RollbackRunRequest } from '../../workflows/messages.ts'
import { rollbackFromHost } from '../break-glass.ts'
import type { BreakGlass } from '../break-glass.ts'
import { meaningOf } from '../../workflows/run-states.ts'
import { BadInput, exitCodes } from '../exit-codes.ts'
import { followToTheEnd } from '../run/follow.ts'
import { personName, whoAmI } from '../plan-argument.ts'
import { collected } from '../read-inputs.ts'
import { readRun } from '../run/read-run.ts'
import { exitCodeOfUndoing, isOver, openDecisions, rollbackOf, stateOf } from '../run/snapshot.ts'
import type { RunSnapshot } from '../run/snapshot.ts'
import { takeDecision } from '../deciding.ts'
import { note } from '../terminal.ts'
import { withEverythingUp } from '../with-temporal.ts'

interface Options {
  readonly reason?: string
  readonly by?: string
  readonly detach?: boolean
  readonly json?: boolean
  readonly fromHost?: string
  readonly yes?: boolean
  readonly force?: boolean
  readonly secrets?: string
  readonly skip?: readonly string[]
  readonly unsigned?: boolean
  readonly without?: readonly string[]
}

export function define(command: Command): void {
  command
    .argument('[run]', 'the id of a run; with --from-host and no run, lists the runs that the host keeps')
    .option('--reason <text>', 'is kept with the rollback')
    .option('--by <name>', 'who rolls back. Default: the login name', personName)
    .option('--detach', 'starts the rollback and exits')
    .option('--json', 'prints the whole run as JSON when it ends')
    .option('--from-host <host>', 'rolls back by the journal on that host, without Temporal')
    .option('--yes', 'with --from-host: does not ask before it undoes')
    .option('--secrets <file>', 'with --from-host: the file with the secrets, where an undo needs any')
    .option(
      '--skip <step>',
      'with --from-host: a step to leave as it is where its undo fails or its journal entry is refused',
      collected,
    )
    .option('--without <host>', 'with --from-host: a host of the run that is gone', collected)
    .option('--unsigned', "with --from-host, without the workers' key: shows each undo and asks about it")
    .option('--force', 'with --from-host and --reason: even where Temporal says that the run is open')
    .addHelpText(
      'after',
      '\nExamples:\n  reinstate rollback guestbook-restore-20261121-0755 --reason "wrong backup"\n' +
        '  reinstate rollback --from-host server',
    )
    .action(async (run: string | undefined, options: Options) => {
      if (options.fromHost !== undefined) {
        process.exitCode = await rollbackFromHost(byHand(run, { ...options, fromHost: options.fromHost }))
        return
      }
      if (run === undefined)
        throw new BadInput('rollback needs a run, or --from-host HOST', 'reinstate status')
      const config = readConfig()
      process.exitCode = await withEverythingUp(config, async (temporal) => {
        await begin(temporal, run, options)
        if (options.detach) return exitCodes.done
        const { by = whoAmI(), json = false } = options
        return await followToTheEnd(temporal, run, {
          ...{ by, json, past: 'in-short', exitCode: exitCodeOfUndoing },
          revive: (known) => revive(config, known, note),
        })
      })
    })
}

function byHand(
  run: string | undefined,
  {
    fromHost,
    by = whoAmI(),
    yes = false,
    json = false,
    force = false,
    ...options
  }: Options & { readonly fromHost: string },
): BreakGlass {
  const { reason, secrets, skip = [], without = [], unsigned = false } = options
  if (force && reason === undefined)
    throw new BadInput('--force needs a --reason, which is logged on the host')
  return {
    ...{ fromHost, by, yes, json, force, skip, without, unsigned },
    ...(run === undefined ? {} : { run }),
    ...(reason === undefined ? {} : { reason }),
    ...(secrets === undefined ? {} : { secrets: resolve(secrets) }),
  }
}

/** Starts the rollback of a closed run; answers the decision of a run that waits for one. @throws BadInput */
async function begin(temporal: Temporal, run: string, { by = whoAmI(), reason }: Options): Promise<void> {
  const because = reason === undefined ? {} : { reason }
  const snapshot = await readRun(temporal, run)
  const { isOpen, changes, means } = meaningOf(stateOf(snapshot))
  if (!isOpen && changes !== 'kept')
    throw new BadInput(
      `${run} has nothing to roll back; it is ${stateOf(snapshot)}: ${means}`,
      `reinstate show ${run}`,
    )
  const clear = snapshot.clears.find(({ endedAt }) => endedAt === undefined)
  if (isOver(snapshot) && clear)
    throw new BadInput(
      `${clear.workflowId} still undoes what phases of the run did; roll back after its end`,
      `reinstate status ${run}`,
    )
  if (isOver(snapshot)) await startRollback(temporal, { run, by, ...because })
  else if (isRollingBack(snapshot)) note(`${run} is being rolled back already; following it`)
  else {
    const asks = openDecisions(snapshot).find(({ decision }) =>
      decision.choices.some(({ choice }) => choice === 'rollback'),
    )
    if (!asks) throw new BadInput(`${run} is open; cancel it to roll it back`, `reinstate cancel ${run}`)
    await takeDecision(temporal, {
      run,
      decision: asks.decision.decision,
      choice: 'rollback',
      by,
      ...because,
    })
  }
}

function isRollingBack(snapshot: RunSnapshot): boolean {
  const rollback = rollbackOf(snapshot)
  const isOpen = rollback !== undefined && rollback.endedAt === undefined
  // It waits for the locks before it begins.
  return isOpen || openDecisions(snapshot).some(({ decision }) => decision.kind === 'lock')
}

/** Uses the next free id: `<run>/rollback`, then `~2`: a failed rollback does not block the next. */
async function startRollback({ client }: Temporal, request: RollbackRunRequest): Promise<void> {
  for (let number = 1; ; number++) {
    const workflowId = rollbackId(request.run, number)
    try {
      await client.workflow.start<(of: RollbackRunRequest) => Promise<RollbackResult>>('rollbackRun', {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [request],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticDetails: staticDetails(request.run),
        staticSummary:
          `roll back ${request.run}${request.reason === undefined ? '' : `: ${request.reason}`}`.slice(
            0,
            180,
          ),
      })
      note(`rollback ${workflowId}`)
      return
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
  }
}
