import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow'
import { runActivities, waitingActivities } from './activity-options.ts'
import type { RunRef } from './messages.ts'

/**
 * Runs a child of this run under `<name>`, `<name>~2` …, each id once for ever. A workflow of that id which belongs to
 * this run already is joined instead: after a reset the old children go on, and a second one beside them would do
 * everything twice. One of an earlier run that had the same id is passed over.
 * @returns what it gave, and the number that is free next.
 */
export async function startOrJoin<Result>(child: {
  readonly name: string
  readonly ref: RunRef
  readonly from: number
  readonly start: (workflowId: string) => Promise<Result>
}): Promise<{ readonly result: Result; readonly next: number }> {
  const { name, ref, from, start } = child
  for (let number = from; ; number++) {
    const workflowId = `${name}${number === 1 ? '' : `~${number}`}`
    try {
      return { result: await start(workflowId), next: number + 1 }
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    }
    const owner = await runActivities(`whose is ${workflowId}?`).ownerOf({ workflowId })
    if (owner === ref.token) {
      const joined = await waitingActivities(`join ${workflowId}, which is started already`).join({
        workflowId,
      })
      // The result of the very workflow type that `start` would have started.
      return { result: joined as Result, next: number + 1 }
    }
  }
}

/** The one detail of a failure of this type, whether the child was started or joined; undefined for any other error. */
export function detailOf(error: unknown, type: string): unknown {
  const wrapped = error instanceof ChildWorkflowFailure || error instanceof ActivityFailure
  const cause = wrapped ? error.cause : undefined
  return cause instanceof ApplicationFailure && cause.type === type ? cause.details?.[0] : undefined
}
