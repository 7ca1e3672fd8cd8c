import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { JournalEntry } from '../plan/plan.ts'
import type { Attestations, AttestationRequest, RollbackRequest } from './messages.ts'
import type { DecisionAnswer, PhaseStatus, RecordedAnswer, RunStatus } from './status.ts'

// No workflow takes data from another by a signal: a signal does not prove its sender. Runs and phases read each other by
// queries, through activities (attestations.ts).

/** A signal may carry any payload, or none. */
export const decideBySignal = defineSignal<[unknown]>('decide')
export const decideByUpdate = defineUpdate<RecordedAnswer, [DecisionAnswer]>('decide')

export const statusQuery = defineQuery<RunStatus>('status')
export const phaseStatusQuery = defineQuery<PhaseStatus>('status')
export const journalQuery = defineQuery<readonly JournalEntry[]>('journal')
export const rollbackQuery = defineQuery<RollbackRequest>('rollbackRequest')
/** Of a run: the ids of the locks that it does not hold while it waits at an unlocked gate. */
export const locksGivenBackQuery = defineQuery<readonly string[]>('locksGivenBack')
/** Of a phase: the attestations that it waits for. */
export const attestationRequestsQuery = defineQuery<readonly AttestationRequest[]>('attestationRequests')
/** Of a run: the attestations that people have given. */
export const attestationsQuery = defineQuery<Attestations>('attestations')

/** No example: pasted as it is, it would answer a decision that is not open. */
export const WHERE_TO_COPY =
  'The current details hold the JSON of each answer while a decision is open; otherwise there is nothing to answer.'
