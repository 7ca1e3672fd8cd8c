import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client'
import type { WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client'
import { reveal } from '../../codec/reveal.ts'
import type { Temporal } from '../../embedded/connection.ts'
import type { ClosedAs } from '../../workflows/run-states.ts'
import type { Event } from './payloads.ts'
import type { Failure, Lifetime, Termination } from './snapshot.ts'

const CLOSED: readonly ClosedAs[] = ['COMPLETED', 'FAILED', 'TERMINATED', 'CANCELLED', 'TIMED_OUT']

/** How Temporal says that a workflow ended; undefined while it is open. */
export function closedAsOf({ status: { name } }: Pick<WorkflowExecutionInfo, 'status'>): ClosedAs {
  return CLOSED.find((one) => one === name)
}

/** When and how a workflow began and ended; needs no worker. */
export async function lifetimeOf(
  temporal: Temporal,
  description: WorkflowExecutionDescription,
): Promise<Lifetime> {
  const { startTime, closeTime, workflowId } = description
  const startedAt = startTime.toISOString()
  const closedAs = closedAsOf(description)
  if (!closeTime) return { startedAt }
  const last = closedAs === 'TERMINATED' ? await lastEvent(temporal, description) : undefined
  const terminated = last?.workflowExecutionTerminatedEventAttributes
  const failure =
    closedAs === 'COMPLETED' ? undefined : await failureOf(temporal.client.workflow.getHandle(workflowId))
  return {
    startedAt,
    endedAt: closeTime.toISOString(),
    closedAs,
    ...(terminated ? { terminated: terminationOf(terminated) } : {}),
    ...(failure ? { failure } : {}),
  }
}

/** The newest event of a history; of a closed workflow the one that closed it. */
async function lastEvent(
  { client, namespace }: Temporal,
  { workflowId, runId }: Pick<WorkflowExecutionInfo, 'workflowId' | 'runId'>,
): Promise<Event | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  })
  const [newest] = await reveal(history?.events ?? [], client)
  return newest
}

/** Who terminated a workflow, and why. */
export function terminationOf({ identity, reason }: Terminated): Termination {
  return { by: personIn(identity ?? ''), reason: reason ?? '' }
}

type Terminated = NonNullable<Event['workflowExecutionTerminatedEventAttributes']>

/** `root` for `temporal-cli:root@machine`: Temporal's own clients write themselves and the machine around the login name. */
function personIn(identity: string): string {
  return /^temporal-cli:(.+)@/.exec(identity)?.[1] ?? identity
}

async function failureOf(handle: { readonly result: () => Promise<unknown> }): Promise<Failure | undefined> {
  try {
    await handle.result()
    return undefined
  } catch (error) {
    return toFailure(error)
  }
}

/** What a closed workflow failed with. */
export function toFailure(error: unknown): Failure {
  const cause = error instanceof WorkflowFailedError ? error.cause : error
  if (!(cause instanceof ApplicationFailure)) {
    const ended = cause instanceof Error ? cause : undefined
    return { type: ended?.name ?? 'Unknown', message: ended?.message ?? String(cause) }
  }
  const detail: unknown = cause.details?.[0]
  const type = typeof detail === 'object' && detail !== null && 'type' in detail ? detail.type : undefined
  return {
    type: cause.type ?? 'Unknown',
    message: cause.message,
    ...(typeof type === 'string' ? { cause: type } : {}),
  }
}
