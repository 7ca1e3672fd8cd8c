import { isGrpcDeadlineError } from '@temporalio/client'
import type { WorkflowExecutionDescription } from '@temporalio/client'
import { reveal } from '../../codec/reveal.ts'
import type { Temporal } from '../../embedded/connection.ts'
import { NoWorker } from '../../embedded/not-up.ts'
import { workerIsUp } from '../../embedded/worker-process.ts'
import { ReinstateError } from '../../errors.ts'
import { readAnswer } from '../../workflows/answers.ts'
import { SEARCH_ATTRIBUTES, rollbackId } from '../../workflows/messages.ts'
import type { DecisionAnswer, RunStatus } from '../../workflows/status.ts'
import { BadInput } from '../exit-codes.ts'
import { lifetimeOf } from './lifetime.ts'
import { aboutOf, described, livedOf } from './list-runs.ts'
import { questionsIn } from './memo.ts'
import { noSuchRun } from './names.ts'
import { firstValue, saidBy } from './payloads.ts'
import type { RollbackSnapshot, RunSnapshot } from './snapshot.ts'

/** A worker is up, and does not answer for a run. The CLI ends with exit code 3. */
export class RunUnanswered extends ReinstateError {
  override readonly name = 'RunUnanswered'
  constructor(run: string, reason: string, next: string) {
    super(`${run} does not answer: ${reason}\n  next: ${next}`, { run, reason, next })
  }
}

/** Reads a run; where no worker answers for it, what Temporal itself knows of it, and why it did not answer. @throws BadInput */
export async function readAnyway(
  temporal: Temporal,
  run: string,
  read: () => Promise<RunSnapshot>,
): Promise<RunSnapshot> {
  try {
    if (await workerIsUp(temporal)) return await read()
  } catch (error) {
    if (error instanceof BadInput) throw error
    const why = await whyUnanswered(temporal, run, error)
    return { ...(await knownWithoutWorker(temporal, run)), unanswered: why }
  }
  return { ...(await knownWithoutWorker(temporal, run)), unanswered: new NoWorker(temporal.address) }
}

/** Tells a worker that is gone from one that fails, and from one that is slow. @throws any other error */
async function whyUnanswered(
  temporal: Temporal,
  run: string,
  error: unknown,
): Promise<NonNullable<RunSnapshot['unanswered']>> {
  const failing = await failingTask(temporal, run)
  if (failing) {
    const reason = `a worker is up, but its workflow task fails (${failing.workflowId}, attempt ${failing.attempt}): ${failing.message}`
    return new RunUnanswered(run, reason, 'reinstate worker, of the version that started the run')
  }
  if (!isGrpcDeadlineError(error)) throw error
  // Temporal remembers a worker for a while after it has died.
  if (!(await workerIsUp(temporal))) return new NoWorker(temporal.address)
  return new RunUnanswered(
    run,
    'a worker is up, and took longer than 5 s to answer',
    `reinstate status ${run}`,
  )
}

interface FailingTask {
  readonly workflowId: string
  readonly attempt: number
  readonly message: string
}

/** The first open workflow of the run whose workflow task fails, and why. */
async function failingTask(temporal: Temporal, run: string): Promise<FailingTask | undefined> {
  const ids = new Set([run])
  const query = `${SEARCH_ATTRIBUTES.run} = "${run}" AND ExecutionStatus = "Running"`
  for await (const { workflowId } of temporal.client.workflow.list({ query })) ids.add(workflowId)
  for (const workflowId of ids) {
    const description = await described(temporal, workflowId)
    const attempt = description?.raw.pendingWorkflowTask?.attempt ?? 1
    if (description && attempt > 1)
      return { workflowId, attempt, message: await taskFailure(temporal, description) }
  }
  return undefined
}

/** Temporal writes only the first failure of a workflow task into the history: it is among the last events. */
async function taskFailure(
  { client, namespace }: Temporal,
  { workflowId, runId }: WorkflowExecutionDescription,
): Promise<string> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 20,
  })
  const events = await reveal(history?.events ?? [], client)
  const failed = events.find((event) => event.workflowTaskFailedEventAttributes)
  return saidBy(failed?.workflowTaskFailedEventAttributes?.failure ?? {})
}

/** What the search attributes and the memo say of a run and its rollbacks. @throws BadInput if there is no such run */
async function knownWithoutWorker(temporal: Temporal, run: string): Promise<RunSnapshot> {
  const own = await described(temporal, run)
  if (!own) throw noSuchRun(run)
  const rollbacks: RollbackSnapshot[] = []
  for (let number = 1; ; number++) {
    const workflowId = rollbackId(run, number)
    const rollback = await described(temporal, workflowId)
    if (!rollback) {
      const lifetime = await lifetimeOf(temporal, own)
      const unread = await unreadAnswers(temporal, own)
      return { status: statusIn(run, own), phases: [], rollbacks, clears: [], unread, ...lifetime }
    }
    const lifetime = await lifetimeOf(temporal, rollback)
    if (rollback.startTime >= own.startTime)
      rollbacks.push({ workflowId, status: statusIn(run, rollback), steps: [], ...lifetime })
  }
}

/** The answers that came by signal since a worker last read the run. It goes on with them once one is up. */
async function unreadAnswers(
  { client, namespace }: Temporal,
  { workflowId, runId }: WorkflowExecutionDescription,
): Promise<readonly DecisionAnswer[]> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 50,
  })
  const events = await reveal(history?.events ?? [], client)
  const read = events.findIndex((event) => event.workflowTaskCompletedEventAttributes)
  return events
    .slice(0, read < 0 ? undefined : read)
    .map((event) => event.workflowExecutionSignaledEventAttributes)
    .flatMap((signal) => (signal?.signalName === 'decide' ? [readAnswer(firstValue(signal.input))] : []))
    .filter((answer) => typeof answer !== 'string')
    .reverse()
}

function statusIn(run: string, description: WorkflowExecutionDescription): RunStatus {
  return {
    ...{ run, title: '', ...aboutOf(description), state: livedOf(description).state },
    since: description.startTime.toISOString(),
    decisions: questionsIn(description.memo).decisions,
    ...{ phases: [], answers: [], leftovers: [] },
  }
}
