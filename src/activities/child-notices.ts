import type { Client, WorkflowExecutionDescription } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import { isDeepStrictEqual } from 'node:util'
import type { ChildNotices, StepTimes } from '../workflows/messages.ts'
import { retriedSteps } from '../workflows/retried-steps.ts'
import type { PhaseStatus, RunStatus, StepStatus, UnreachableHost } from '../workflows/status.ts'
import type { Activities } from './activities.ts'
import { poll } from './attestations.ts'
import { describe, isOwn } from './callers.ts'

/** A host that is back at once is not worth a notice. */
const FAILED_ATTEMPTS = 3

/** Children that ask people themselves; a phase leaves that to its run. */
const ASK: readonly string[] = ['rollback', 'clearPhases']

/** What a run reads of its phases and rollback while they work. Notifies no person. */
export function noticeActivities(client: Client): Pick<Activities, 'childNotices'> {
  return {
    childNotices: async ({ workflowId, steps, known }) => {
      let read = { historyLength: 0, shown: NOTHING }
      return await poll(async () => {
        const description = await describe(client, workflowId)
        if (!description || !isOwn(description, ['runPhase', ...ASK])) return undefined
        const { historyLength, type } = description
        // What a workflow shows changes with its history alone: a query wakes a worker.
        if (historyLength !== read.historyLength)
          read = { historyLength, shown: await shownBy(client, workflowId, type, steps) }
        const notices = {
          ...read.shown,
          unreachable: unreachableHosts(description, known),
        }
        return isDeepStrictEqual(notices, known) ? undefined : notices
      })
    },
  }
}

type Shown = Required<Pick<ChildNotices, 'decisions' | 'retried' | 'times'>>

const NOTHING: Shown = { decisions: [], retried: [], times: {} }

async function shownBy(
  client: Client,
  workflowId: string,
  type: string,
  steps: readonly string[],
): Promise<Shown> {
  const handle = client.workflow.getHandle(workflowId)
  if (ASK.includes(type))
    return { ...NOTHING, decisions: (await handle.query<RunStatus>('status')).decisions }
  const status = await handle.query<PhaseStatus>('status')
  return { ...NOTHING, retried: retriedSteps(status), times: timesOf(status, steps) }
}

function timesOf(status: PhaseStatus, steps: readonly string[]): StepTimes {
  const begun = status.steps
    .filter(({ step }) => steps.includes(step))
    .map((step) => [step.step, times(step)] as const)
    .filter(([, time]) => Object.keys(time).length > 0)
  return Object.fromEntries(begun)
}

/** A step that is only inspected, or that found nothing to do, has taken nothing down. */
function times({ state, startedAt, endedAt, nothingToDo }: StepStatus): StepTimes[string] {
  const isDone = state === 'done'
  const hasBegun = nothingToDo === undefined && (isDone || state === 'applying' || state === 'verifying')
  return {
    ...(hasBegun && startedAt !== undefined && { startedAt }),
    ...(isDone && endedAt !== undefined && { endedAt }),
  }
}

/**
 * The activities that Temporal retries because their host does not answer. What is known stays as it is, so that no further
 * attempt adds to the run's history.
 */
function unreachableHosts(
  { raw }: WorkflowExecutionDescription,
  { unreachable }: ChildNotices,
): readonly UnreachableHost[] {
  return (raw.pendingActivities ?? []).flatMap(({ attempt, lastFailure, expirationTime }) => {
    const isAway = lastFailure?.applicationFailureInfo?.type === 'HostUnreachable'
    if (!isAway || (attempt ?? 0) <= FAILED_ATTEMPTS) return []
    const until = new Date(Number(expirationTime?.seconds ?? 0) * 1000).toISOString()
    const before = unreachable.find((one) => one.until === until)
    const since = new Date().toISOString()
    return [before ?? { host: hostIn(lastFailure), failure: lastFailure.message ?? '', since, until }]
  })
}

type Failed = NonNullable<
  NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number]['lastFailure']
>

/** The host in the data of HostUnreachable, which an activity of this project wrote. */
function hostIn({ applicationFailureInfo }: Failed): string {
  const [payload] = applicationFailureInfo?.details?.payloads ?? []
  const { host } = (payload ? defaultPayloadConverter.fromPayload(payload) : {}) as { readonly host?: string }
  return host ?? ''
}
