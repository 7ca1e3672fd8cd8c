import type { WorkflowExecutionInfo } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { Temporal } from '../embedded/connection.ts'
import { SEARCH_ATTRIBUTES } from '../workflows/messages.ts'
import type { RunState } from '../workflows/status.ts'
import type { ListedRun } from './rendering/status-lines.ts'

/** The newest are asked for; older ones are in the Temporal UI. */
const MOST = 100

const state = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD')
const plan = defineSearchAttributeKey(SEARCH_ATTRIBUTES.plan, 'KEYWORD')
const hosts = defineSearchAttributeKey(SEARCH_ATTRIBUTES.hosts, 'KEYWORD_LIST')

/** Runs and rollbacks of closed runs, from Temporal's list: no worker is needed. */
export async function listRuns({ client, connection }: Temporal): Promise<readonly ListedRun[]> {
  return await connection.withDeadline(Date.now() + 4500, async () => {
    const runs: ListedRun[] = []
    for await (const info of client.workflow.list({ query: 'WorkflowType IN ("runPlan", "rollBackRun")' })) {
      runs.push(listed(info))
      if (runs.length === MOST) break
    }
    return runs
  })
}

function listed(info: WorkflowExecutionInfo): ListedRun {
  const { workflowId, startTime, closeTime, typedSearchAttributes } = info
  return {
    run: workflowId,
    state: stateIn(info),
    plan: typedSearchAttributes.get(plan) ?? '',
    hosts: typedSearchAttributes.get(hosts) ?? [],
    startedAt: startTime.toISOString(),
    ...(closeTime ? { endedAt: closeTime.toISOString() } : {}),
  }
}

/** A run that was terminated or never got to a worker could not write its state down. */
function stateIn({ status, typedSearchAttributes }: WorkflowExecutionInfo): ListedRun['state'] {
  if (status.name === 'TERMINATED') return 'terminated'
  if (status.name === 'CANCELLED') return 'cancelled'
  // Written by the workflow itself, from its own states.
  return (typedSearchAttributes.get(state) as RunState | undefined) ?? 'resolving'
}
