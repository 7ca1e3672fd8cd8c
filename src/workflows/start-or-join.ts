import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow'
import { runActivities, waitingActivities } from './activity-options.ts'
import { numbered } from './messages.ts'
import type { RunRef } from './messages.ts'
import { watched } from './watch-child.ts'
import type { Watched } from './watch-child.ts'

/**
 * Runs a child of this run under `<name>`, `<name>~2` …, each id once. An existing workflow of that id that this run
 * started is joined: after a reset the old children keep running, and a second one would do everything twice. Any other, of
 * an earlier run of the same id or of a stranger, is skipped.
 * @returns the child's result, and the next free number.
 */
export async function startOrJoin<Result>(child: {
  readonly name: string
  readonly type: Watched['type']
  readonly ref: RunRef
  readonly from: number
  /** Shows what the child waits for. */
  readonly watch: Omit<Watched, 'workflowId' | 'type'>
  readonly start: (workflowId: string) => Promise<Result>
}): Promise<{ readonly result: Result; readonly next: number }> {
  const { name, type, ref, from, watch, start } = child
  for (let number = from; ; number++) {
    const workflowId = numbered(name, number)
    try {
      return {
        result: await watched({ ...watch, workflowId, type }, () => start(workflowId)),
        next: number + 1,
      }
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
    const owner = await runActivities(`which run started ${workflowId}?`).ownerOf({ workflowId, type })
    if (owner === ref.token) {
      const join = waitingActivities(`join ${workflowId}, which is started already`).join
      const joined = await watched({ ...watch, workflowId, type }, () => join({ workflowId }))
      // The result of the workflow type that `start` would have started.
      return { result: joined as Result, next: number + 1 }
    }
  }
}

/** The first detail of a failure of this type, whether the child was started or joined; undefined for any other error. */
export function detailOf(error: unknown, type: string): unknown {
  const wrapped = error instanceof ChildWorkflowFailure || error instanceof ActivityFailure
  const cause = wrapped ? error.cause : undefined
  return cause instanceof ApplicationFailure && cause.type === type ? cause.details?.[0] : undefined
}
