import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { basename, dirname } from 'node:path'
import type { Temporal } from '../embedded/connection.ts'
import { staticDetails } from '../workflows/details.ts'
import { TASK_QUEUE } from '../workflows/messages.ts'
import type { RunRequest, RunResult } from '../workflows/messages.ts'
import { BadInput } from './exit-codes.ts'
import { stamp } from './rendering/time.ts'

/** Starts a run and gives its id. An id is used once for ever: receipts and rollbacks go by it. @throws BadInput */
export async function startRun(
  temporal: Temporal,
  request: RunRequest,
  id: string | undefined,
): Promise<string> {
  const wanted = id ?? `${planName(request.plan)}-${stamp(new Date())}`
  for (let number = 1; ; number++) {
    const workflowId = number === 1 ? wanted : `${wanted}-${number}`
    try {
      await temporal.client.workflow.start<(request: RunRequest) => Promise<RunResult>>('runPlan', {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [request],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary:
          `restore ${request.plan}${request.by === undefined ? '' : `, started by ${request.by}`}`.slice(
            0,
            180,
          ),
        staticDetails: staticDetails(workflowId),
      })
      return workflowId
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      if (id !== undefined)
        throw new BadInput(`there is a run ${id} already; ids are used once`, `reinstate show ${id}`)
    }
  }
}

/** The plan's name in a run's id: its folder's, where the plan is given as a path. */
export function planName(plan: string): string {
  const file = basename(plan)
  const name = /^plan\.ya?ml$/.test(file) ? basename(dirname(plan)) : file.replace(/\.ya?ml$/, '')
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'run'
  )
}
