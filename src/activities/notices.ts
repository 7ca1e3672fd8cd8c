import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import { isDeepStrictEqual } from 'node:util'
import type { ChildNotices } from '../workflows/messages.ts'
import type { RunStatus, UnreachableHost } from '../workflows/status.ts'
import type { Activities } from './activities.ts'
import { poll } from './attestations.ts'
import { describe, isOwn } from './callers.ts'

/** A host that is back at once is not worth a notice. */
const FAILED_ATTEMPTS = 3

/** Tells a run what its children wait for. */
export function noticeActivities(client: Client): Pick<Activities, 'childNotices'> {
  return {
    childNotices: ({ workflowId, known }) =>
      poll(async () => {
        const description = await describe(client, workflowId)
        if (!description || !isOwn(description, ['runPhase', 'rollback'])) return undefined
        const notices = {
          decisions: await openDecisions(client, description),
          unreachable: unreachableHosts(description, known),
        }
        return isDeepStrictEqual(notices, known) ? undefined : notices
      }),
  }
}

/** A phase asks nothing: its run does. */
async function openDecisions(
  client: Client,
  { workflowId, type }: WorkflowExecutionDescription,
): Promise<ChildNotices['decisions']> {
  if (type !== 'rollback') return []
  const { decisions } = await client.workflow.getHandle(workflowId).query<RunStatus>('status')
  return decisions
}

/** The activities that Temporal retries because their host does not answer. What is known stays as it is: no attempt adds a notice to the run's history. */
function unreachableHosts(
  { raw }: WorkflowExecutionDescription,
  { unreachable }: ChildNotices,
): readonly UnreachableHost[] {
  return (raw.pendingActivities ?? []).flatMap(({ attempt, lastFailure, expirationTime }) => {
    const isAway = lastFailure?.applicationFailureInfo?.type === 'HostUnreachable'
    if (!isAway || (attempt ?? 0) <= FAILED_ATTEMPTS) return []
    const until = new Date(Number(expirationTime?.seconds ?? 0) * 1000).toISOString()
    const before = unreachable.find((one) => one.until === until)
    return [before ?? { failure: lastFailure.message ?? '', since: new Date().toISOString(), until }]
  })
}
