import { ApplicationFailure, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client'
import type { WorkflowExecutionDescription } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import type { Temporal } from '../embedded/connection.ts'
import type { Beat } from '../host/host.ts'
import type { Failure } from './story.ts'

/** How long a worker may take to answer a query. */
const ANSWER_WITHIN_MS = 5000

/** What Temporal itself knows of a workflow, and what the workflow says of itself. */
export interface Seen<Status> {
  readonly startedAt: string
  readonly endedAt?: string
  readonly failure?: Failure
  readonly result?: unknown
  readonly status: Status
  /** The last heartbeats of the activities that run now. */
  readonly beats: readonly Beat[]
}

/** Reads a workflow; undefined where there is none of this id. @throws a gRPC error where no worker answers in 5 s. */
export async function readWorkflow<Status>(
  { client, connection }: Temporal,
  workflowId: string,
): Promise<Seen<Status> | undefined> {
  const handle = client.workflow.getHandle(workflowId)
  try {
    return await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, async () => {
      const [description, status] = await Promise.all([handle.describe(), handle.query<Status>('status')])
      const { startTime, closeTime } = description
      return {
        startedAt: startTime.toISOString(),
        status,
        beats: beatsOf(description),
        ...(closeTime ? { endedAt: closeTime.toISOString(), ...(await outcome(handle.result())) } : {}),
      }
    })
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}

async function outcome(
  result: Promise<unknown>,
): Promise<{ readonly failure: Failure } | { readonly result: unknown }> {
  try {
    return { result: await result }
  } catch (error) {
    return { failure: toFailure(error) }
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

/** The last heartbeats of the activities that run now. */
export function beatsOf({ raw }: WorkflowExecutionDescription): Beat[] {
  return (raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) => {
    const [payload] = heartbeatDetails?.payloads ?? []
    // Written by activities of this project only.
    return payload ? [defaultPayloadConverter.fromPayload<Beat>(payload)] : []
  })
}
