import { activityInfo } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/client'
import { TASK_QUEUE } from '../workflows/messages.ts'
import type { RunRef } from '../workflows/messages.ts'

/** A workflow as Temporal recorded it when it started; nothing of it comes from an input, a memo or a search attribute. */
export interface Caller {
  readonly type: string
  /** The run that it is, or the one that started it; absent for a preview and for a rollback of a closed run. */
  readonly run?: RunRef
}

/** What remembers callers: none of it changes while a workflow is open. */
const MOST_REMEMBERED = 1000

/** Gives the workflow that called the current activity; undefined for one that no worker of ours carries out. */
export function callers(client: Client): () => Promise<Caller | undefined> {
  const known = new Map<string, Promise<Caller | undefined>>()
  return async () => {
    const { workflowExecution } = activityInfo()
    if (!workflowExecution) return undefined
    const { workflowId, runId } = workflowExecution
    const asked = known.get(runId) ?? workflowOf(client, workflowId, runId)
    known.set(runId, asked)
    // A Temporal that did not answer is asked again.
    asked.catch(() => known.delete(runId))
    for (const oldest of known.keys()) {
      if (known.size <= MOST_REMEMBERED) break
      known.delete(oldest)
    }
    return await asked
  }
}

/** A workflow that the workers carry out, and its run; undefined where there is none of this id, or where others carry it out. */
export async function workflowOf(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<Caller | undefined> {
  const found = await recordOf(client, workflowId, runId)
  if (!found) return undefined
  const { type, token, parent } = found
  if (type === 'runPlan') return { type, run: { run: workflowId, token } }
  if (!parent?.workflowId) return { type }
  const above = await recordOf(client, parent.workflowId, parent.runId ?? undefined)
  if (!above) return undefined
  return above.type === 'runPlan'
    ? { type, run: { run: parent.workflowId, token: above.token } }
    : { type: `${type} of ${above.type}` }
}

async function recordOf(client: Client, workflowId: string, runId: string | undefined) {
  try {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe()
    if (raw.executionConfig?.taskQueue?.name !== TASK_QUEUE) return undefined
    const { type, firstRunId, parentExecution } = raw.workflowExecutionInfo ?? {}
    return { type: type?.name ?? '', token: firstRunId ?? '', parent: parentExecution }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}
