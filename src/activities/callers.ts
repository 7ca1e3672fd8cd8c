import { activityInfo } from '@temporalio/activity'
import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/client'
import { reveal } from '../codec/reveal.ts'
import { TASK_QUEUE } from '../workflows/messages.ts'
import type { RunRef } from '../workflows/messages.ts'

/** A workflow as Temporal recorded it when it started; nothing of it comes from an input, a memo or a search attribute. */
export interface Caller {
  readonly type: string
  /** Its run: the workflow itself, or the run that started it; absent for a preview and for a rollback of a closed run. */
  readonly run?: RunRef
}

/** What remembers callers: none of it changes while a workflow is open. */
const MOST_REMEMBERED = 1000

/** Returns the workflow that called the current activity; undefined if it is not one of this project's. */
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

/** The workflow of this id, and its run; undefined if no workflow has this id, or if it is not one of this project's. */
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
  const found = await describe(client, workflowId, runId)
  if (found?.taskQueue !== TASK_QUEUE) return undefined
  const { firstRunId, parentExecution } = found.raw.workflowExecutionInfo ?? {}
  return { type: found.type, token: firstRunId ?? '', parent: parentExecution }
}

/** Whether this project carries the workflow out: one of these types, on its task queue. */
export function isOwn({ type, taskQueue }: WorkflowExecutionDescription, types: readonly string[]): boolean {
  return taskQueue === TASK_QUEUE && types.includes(type)
}

/** What Temporal knows of a workflow; undefined if it does not exist. */
export async function describe(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    const description = await client.workflow.getHandle(workflowId, runId).describe()
    await reveal(description.raw.pendingActivities ?? [], client)
    return description
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}
