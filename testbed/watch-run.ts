import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { updateAnswer } from '../src/cli/deciding.ts'
import type { Decision, DecisionAnswer, RunState, RunStatus } from '../src/workflows/status.ts'

export async function statusOf(run: WorkflowHandle): Promise<RunStatus> {
  return await run.query<RunStatus>('status')
}

const ENDS: readonly RunState[] = ['done', 'done-not-proven', 'rolled-back', 'stopped', 'refused', 'failed']

/** Waits until a run is in this state. @throws with its whole status after a minute. */
export async function until(run: WorkflowHandle, state: RunState, seconds = 60): Promise<RunStatus> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const status = await statusOf(run).catch(() => undefined)
    if (status?.state === state) return status
    // It will not get there any more: why it ended says more than its status.
    if (status !== undefined && ENDS.includes(status.state))
      throw new Error(`${run.workflowId} is ${status.state}: ${(await failureOf(run)).message}`)
    if (Date.now() > deadline)
      throw new Error(`${run.workflowId} is not ${state}: ${JSON.stringify(status, null, 1)}`)
    await wait(200)
  }
}

/** The one decision that a run waits for. */
export async function openDecision(run: WorkflowHandle, seconds = 60): Promise<Decision> {
  const { decisions } = await until(run, 'waiting-for-decision', seconds)
  const [decision] = decisions
  if (!decision || decisions.length !== 1) throw new Error(`${decisions.length} decisions are open`)
  return decision
}

export async function decide(
  run: WorkflowHandle,
  { decision, digest }: Decision,
  choice: DecisionAnswer['choice'],
  by = 'tester',
): Promise<void> {
  const answer: DecisionAnswer = {
    decision,
    choice,
    by,
    ...(digest === undefined ? {} : { digest }),
  }
  await updateAnswer(run, answer)
}

/** What a run failed with. @throws if it did not fail. */
export async function failureOf(
  run: WorkflowHandle,
): Promise<{ readonly type: string; readonly message: string }> {
  try {
    await run.result()
  } catch (error) {
    const cause =
      error instanceof Error ? (error.cause as { type?: string; message?: string } | undefined) : undefined
    return { type: cause?.type ?? '', message: cause?.message ?? '' }
  }
  throw new Error(`${run.workflowId} did not fail`)
}
