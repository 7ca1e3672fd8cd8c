import { cancellationSignal } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import { setTimeout as wait } from 'node:timers/promises'
import { attestationSubject } from '../workflows/messages.ts'
import type { AttestationRequest, Attestations } from '../workflows/messages.ts'
import type { Activities } from './activities.ts'
import { workflowOf } from './callers.ts'
import { whileWaiting } from './runs.ts'

const FIRST_POLL_MS = 500
const LAST_POLL_MS = 5000

/**
 * Carries attestations between a phase and its run. Each reads the other by a query: a signal would not prove its sender.
 * A query adds nothing to a history, however long people take.
 */
export function attestationActivities(
  client: Client,
): Pick<Activities, 'attestationRequests' | 'attestation'> {
  return {
    attestationRequests: ({ workflowId, known }) =>
      poll(async () => {
        const requests = await client.workflow
          .getHandle(workflowId)
          .query<readonly AttestationRequest[]>('attestationRequests')
        const unknown = requests.filter((request) => !known.includes(attestationSubject(request)))
        return unknown.length === 0 ? undefined : unknown
      }),
    attestation: ({ ref, request }) =>
      poll(async () => {
        const { token, given } = await client.workflow.getHandle(ref.run).query<Attestations>('attestations')
        const found = given.find(({ subject }) => subject === attestationSubject(request))
        if (!found || token !== ref.token) return undefined
        // Anybody may start a workflow of that id once the run is closed, and answer its queries.
        const workflow = await workflowOf(client, ref.run)
        return workflow?.type === 'runPlan' && workflow.run?.token === ref.token ? found : undefined
      }),
  }
}

/** Asks again until there is a value. No worker may answer for a while, or the workflow may not have begun. */
export async function poll<Value>(ask: () => Promise<Value | undefined>): Promise<Value> {
  const signal = cancellationSignal()
  return await whileWaiting(async () => {
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 1.5, LAST_POLL_MS)) {
      const value = await ask().catch(() => undefined)
      if (value !== undefined) return value
      await wait(pause, undefined, { signal })
    }
  })
}
