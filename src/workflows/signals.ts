import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { JournalEntry } from '../plan/plan.ts'
import type { RollbackRequest, StepFailure, Attestation, AttestationRequest } from './messages.ts'
import type { DecisionAnswer, PhaseStatus, RecordedAnswer, RunStatus } from './status.ts'

/** From a phase to its run, at once: the phase itself may go on for a while. */
export const stepFailed =
  defineSignal<[{ readonly phase: string; readonly failure: StepFailure }]>('stepFailed')

/** From a phase to its run, again and again until the word comes back: neither end's reset may leave the other waiting. */
export const attestationRequested = defineSignal<[AttestationRequest]>('attestationRequested')
/** From the run to the phase: what a person said. */
export const attested = defineSignal<[Attestation]>('attested')

/** Anything may arrive by a signal, also nothing: it is read leniently and recorded. */
export const decideBySignal = defineSignal<[unknown]>('decide')
export const decideByUpdate = defineUpdate<RecordedAnswer, [DecisionAnswer]>('decide')

export const statusQuery = defineQuery<RunStatus>('status')
export const phaseStatusQuery = defineQuery<PhaseStatus>('status')
export const journalQuery = defineQuery<readonly JournalEntry[]>('journal')
export const rollbackQuery = defineQuery<RollbackRequest>('rollbackRequest')

export const EXAMPLE_ANSWER = `{
  "decision": "gate/cutover",
  "choice": "approve",
  "by": "your name",
  "digest": "as shown"
}`
