import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client'
import type { Temporal } from '../embedded/connection.ts'
import type { DecisionAnswer, RecordedAnswer } from '../workflows/status.ts'
import { BadInput } from './exit-codes.ts'

/** Sends an answer to the run or rollback that asked, and waits until it is taken. @throws BadInput with the reason where it is not */
export async function sendAnswer(
  { client }: Temporal,
  workflowId: string,
  answer: DecisionAnswer,
): Promise<void> {
  try {
    const recorded = await client.workflow
      .getHandle(workflowId)
      .executeUpdate<RecordedAnswer, [DecisionAnswer]>('decide', { args: [answer] })
    if (!recorded.taken) throw new BadInput(`the answer was not taken: ${recorded.why ?? 'it did not fit'}`)
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error
    throw new BadInput(`the answer was not taken: ${error.cause?.message ?? error.message}`)
  }
}

/** The same without a worker; what does not fit is recorded by the run and ignored. @throws BadInput for a run that is not open */
export async function signalAnswer(
  { client }: Temporal,
  workflowId: string,
  answer: DecisionAnswer,
): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).signal<[DecisionAnswer]>('decide', answer)
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    throw new BadInput(`there is no open run ${workflowId}`, 'reinstate status')
  }
}
