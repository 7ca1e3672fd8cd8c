import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity'
import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client'
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client'
import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common'
import type { JournalEntry } from '../plan/plan.ts'
import { downtimeState, rollbackId, SEARCH_ATTRIBUTES, TASK_QUEUE_OF_0_1 } from '../workflows/messages.ts'
import type { RollbackRequest, RunRef } from '../workflows/messages.ts'
import type { PhaseStatus, RunState, RunStatus, StepStatus } from '../workflows/status.ts'
import type { Activities } from './activities.ts'
import { describe, isOwn, workflowOf } from './callers.ts'

const BEAT_SECONDS = 3
/** Temporal's list of open workflows is about a second late. */
export const VISIBILITY_LAG_MILLISECONDS = 1500

/** The activities that ask Temporal about workflows. */
export function runActivities(
  client: Client,
): Pick<Activities, 'runClosed' | 'holderClosed' | 'ownerOf' | 'join' | 'readRun'> {
  const closes = (ref: RunRef & { readonly lock?: string }) => whileWaiting(() => runLetsGo(client, ref))
  return {
    runClosed: closes,
    holderClosed: closes,
    ownerOf: async ({ workflowId, type }) => await ownerOf(client, workflowId, type),
    join: ({ workflowId }) => whileWaiting(() => join(client, workflowId)),
    readRun: ({ run }) => readRun(client, run),
  }
}

/** The token of the run that started a workflow of this type; undefined where no run did. */
async function ownerOf(client: Client, workflowId: string, type: string): Promise<string | undefined> {
  const found = await workflowOf(client, workflowId)
  return found?.type === type ? found.run?.token : undefined
}

/** Sends heartbeats while it waits. @throws the cancellation of the activity */
export async function whileWaiting<Result>(wait: () => Promise<Result>): Promise<Result> {
  heartbeat()
  const timer = setInterval(() => heartbeat(), BEAT_SECONDS * 1000)
  const signal = cancellationSignal()
  const cancelled = new Promise<never>((_, reject) => {
    const stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([wait(), cancelled])
  } finally {
    clearInterval(timer)
  }
}

async function runClosed(client: Client, ref: RunRef): Promise<void> {
  // By its first execution: another run with the same id may be open and wait for this lock.
  await closed(client.workflow.getHandle(ref.run, undefined, { firstExecutionRunId: ref.token }))
  for (let quiet = 0; quiet < 2;) {
    const open = await openWorkflowsOf(client, ref)
    for (const handle of open) await closed(handle)
    quiet = open.length === 0 ? quiet + 1 : 0
    await new Promise((resolve) => setTimeout(resolve, VISIBILITY_LAG_MILLISECONDS))
  }
}

const STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD')
const PLAN = defineSearchAttributeKey(SEARCH_ATTRIBUTES.plan, 'KEYWORD')

/** Returns once the run is closed or, with `lock`, has given that lock back. */
async function runLetsGo(
  client: Client,
  { lock, ...ref }: RunRef & { readonly lock?: string },
): Promise<void> {
  // The watcher of a run that never gives a lock back asks nothing: it waits for the end of the run.
  if (lock === undefined) return await runClosed(client, ref)
  // Twice: Temporal's list of open workflows is late.
  for (let times = 0, read = 0; times < 2;) {
    const own = await openRun(client, ref)
    if (!own) return await runClosed(client, ref)
    // What a run answers changes with its history alone, and a query wakes a worker.
    if (own.historyLength !== read) {
      const given = await locksGivenBack(client, own)
      times = given?.includes(lock) && (await isAlone(client, ref)) ? times + 1 : 0
      if (given?.includes(lock) === false) read = own.historyLength
    }
    await new Promise((resolve) => setTimeout(resolve, VISIBILITY_LAG_MILLISECONDS))
  }
}

/** The run itself, also after a reset, while it is open. */
async function openRun(
  client: Client,
  { run, token }: RunRef,
): Promise<WorkflowExecutionDescription | undefined> {
  const own = await describe(client, run)
  const isThis = own?.status.name === 'RUNNING' && own.raw.workflowExecutionInfo?.firstRunId === token
  return isThis && isOwn(own, ['runPlan']) ? own : undefined
}

/** The locks that an open run says it does not hold; undefined where no worker answers. */
async function locksGivenBack(
  client: Client,
  { workflowId, runId }: WorkflowExecutionDescription,
): Promise<readonly string[] | undefined> {
  const handle = client.workflow.getHandle(workflowId, runId)
  return await handle.query<readonly string[]>('locksGivenBack').catch(() => undefined)
}

/** Whether no workflow of an open run but itself is open: after a reset, its old phases go on. */
async function isAlone(client: Client, ref: RunRef): Promise<boolean> {
  return (await openWorkflowsOf(client, ref)).every(({ workflowId }) => workflowId === ref.run)
}

/** Whether an open run waits at an unlocked gate without this lock. False where no worker answers. */
export async function hasGivenBack(client: Client, ref: RunRef, lock: string): Promise<boolean> {
  const own = await openRun(client, ref)
  const given = own && (await locksGivenBack(client, own))
  return given?.includes(lock) === true && (await isAlone(client, ref))
}

/** The plan and the state that a run has written, also one that is closed; nothing where Temporal has forgotten it. */
export async function writtenBy(
  client: Client,
  { run, token }: RunRef,
): Promise<{ readonly plan: string; readonly state?: RunState }> {
  const latest = await describe(client, run)
  const found =
    latest?.raw.workflowExecutionInfo?.firstRunId === token ? latest : await describe(client, run, token)
  const written = found?.typedSearchAttributes.get(STATE)
  return {
    plan: found?.typedSearchAttributes.get(PLAN) ?? '',
    // Written by the workflow itself, from its own states.
    ...(written !== undefined && { state: written as RunState }),
  }
}

/** Whether the run, or any workflow that belongs to it, is open. */
export async function isRunOpen(client: Client, ref: RunRef): Promise<boolean> {
  const { run, token } = ref
  const own = await describe(client, run)
  const isOpen = own?.status.name === 'RUNNING' && own.raw.workflowExecutionInfo?.firstRunId === token
  if (isOpen && isOwn(own, ['runPlan'])) return true
  return (await openWorkflowsOf(client, ref)).length > 0
}

/** The open workflows of a run: phases of a terminated run, or its rollback, may still change the host. */
async function openWorkflowsOf(client: Client, { run, token }: RunRef): Promise<readonly WorkflowHandle[]> {
  const open: WorkflowHandle[] = []
  const query = `${SEARCH_ATTRIBUTES.run} = "${run}" AND ExecutionStatus = "Running"`
  for await (const { workflowId, runId, memo } of client.workflow.list({ query })) {
    if (memo?.['token'] === token) open.push(client.workflow.getHandle(workflowId, runId))
  }
  return open
}

/** Returns once the workflow is closed, whatever its result. */
async function closed(handle: WorkflowHandle): Promise<void> {
  try {
    await handle.result()
  } catch (error) {
    if (!(error instanceof WorkflowFailedError) && !(error instanceof WorkflowNotFoundError)) throw error
  }
}

async function join(client: Client, workflowId: string): Promise<unknown> {
  const handle = client.workflow.getHandle(workflowId)
  // Cancelling the run also cancels the workflow that it joined.
  cancellationSignal().addEventListener('abort', () => void handle.cancel().catch(() => undefined), {
    once: true,
  })
  try {
    return await handle.result()
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) {
      const { type, message, details } = error.cause
      throw ApplicationFailure.create({
        message,
        nonRetryable: true,
        details: details ?? [],
        ...(type ? { type } : {}),
      })
    }
    throw error
  }
}

async function readRun(client: Client, run: string): Promise<RollbackRequest> {
  const handle = client.workflow.getHandle(run)
  const description = await describe(client, run)
  if (description?.taskQueue === TASK_QUEUE_OF_0_1)
    throw ApplicationFailure.nonRetryable(
      `${run} is a run of version 0.1, which signed nothing; roll it back with version 0.1`,
      'NotSigned',
    )
  // A stranger's workflow of that id could give any answer.
  if (!description || !isOwn(description, ['runPlan']))
    throw ApplicationFailure.nonRetryable(`no run ${run} is known; reinstate status lists them`, 'RunUnknown')
  if (description.status.name === 'RUNNING') {
    throw ApplicationFailure.nonRetryable(
      `${run} is not closed; to stop it and roll it back: reinstate cancel ${run}`,
      'RunOpen',
    )
  }
  const request = await handle.query<RollbackRequest>('rollbackRequest')
  const { phases } = await handle.query<RunStatus>('status')
  const cleared = await clearedBy(client, description, phases)
  const journal = new Map(request.journal.map((entry) => [entry.step.step, entry]))
  const steps = new Map<string, StepStatus>()
  for (const { workflowId } of phases) {
    if (workflowId === undefined || workflowId === activityInfo().workflowExecution?.workflowId) continue
    // A terminated phase returned no journal, but it still answers queries.
    const entries = await client.workflow.getHandle(workflowId).query<JournalEntry[]>('journal')
    for (const entry of entries) if (!journal.has(entry.step.step)) journal.set(entry.step.step, entry)
    const status = await client.workflow.getHandle(workflowId).query<PhaseStatus>('status')
    for (const step of status.steps) steps.set(step.step, step)
  }
  const undone = await undoneBefore(client, description)
  for (const step of [...(request.cleared ?? []), ...cleared]) undone.add(step)
  const state = downtimeState(request.downtime, {
    begun: (step) => (journal.has(step) ? steps.get(step)?.startedAt : undefined),
    done: (step) => (steps.get(step)?.state === 'done' ? steps.get(step)?.endedAt : undefined),
  })
  return {
    ...request,
    ...(state && { downtime: state }),
    journal: [...journal.values()].filter(({ step: { step } }) => !undone.has(step)),
  }
}

/**
 * The steps that clears of this run have undone, also where the run was terminated before it knew. @throws ClearOpen while
 * one goes on: a second undo beside it would meet half of its work.
 */
async function clearedBy(
  client: Client,
  { startTime }: WorkflowExecutionDescription,
  phases: RunStatus['phases'],
): Promise<readonly string[]> {
  const undone: string[] = []
  for (const { clear } of phases) {
    const found = clear?.workflowId === undefined ? undefined : await describe(client, clear.workflowId)
    if (!found || !isOwn(found, ['clearPhases']) || found.startTime < startTime) continue
    if (found.status.name === 'RUNNING')
      throw ApplicationFailure.nonRetryable(
        `${found.workflowId} still undoes what phases of the run did; answer what it asks, and roll back after its end`,
        'ClearOpen',
      )
    const status = await client.workflow.getHandle(found.workflowId).query<RunStatus>('status')
    undone.push(...(status.undone ?? []))
  }
  return undone
}

/**
 * The steps that earlier rollbacks of this run have undone: they failed, were terminated, or left a step out. Those of an
 * earlier run of the same id began before this run did.
 */
async function undoneBefore(
  client: Client,
  { workflowId: run, startTime }: WorkflowExecutionDescription,
): Promise<Set<string>> {
  const undone = new Set<string>()
  for (let number = 1; ; number++) {
    const workflowId = rollbackId(run, number)
    const found = await describe(client, workflowId)
    if (!found) return undone
    if (!isOwn(found, ['rollback', 'rollbackRun']) || found.startTime < startTime) continue
    if (workflowId === activityInfo().workflowExecution?.workflowId) continue
    const status = await client.workflow.getHandle(workflowId).query<RunStatus>('status')
    for (const step of status.undone ?? []) undone.add(step)
  }
}
