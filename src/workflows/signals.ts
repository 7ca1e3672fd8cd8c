import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { JournalEntry } from '../plan/plan.ts'
import type {
  DecisionAnswer,
  PhaseStatus,
  RecordedAnswer,
  RollBackRequest,
  RunStatus,
  StepFailure,
} from './messages.ts'

/** From a phase to its run, at once: the phase itself may go on for a while. */
export const stepFailed =
  defineSignal<[{ readonly phase: string; readonly failure: StepFailure }]>('stepFailed')

/** Anything may arrive by a signal, also nothing: it is read leniently and recorded. */
export const decideBySignal = defineSignal<[unknown]>('decide')
export const decideByUpdate = defineUpdate<RecordedAnswer, [DecisionAnswer]>('decide')

export const statusQuery = defineQuery<RunStatus>('status')
export const phaseStatusQuery = defineQuery<PhaseStatus>('status')
export const journalQuery = defineQuery<readonly JournalEntry[]>('journal')
export const rollBackQuery = defineQuery<RollBackRequest>('rollBackRequest')

export const EXAMPLE_ANSWER = `{
  "decision": "gate/cutover",
  "choice": "approve",
  "by": "your name",
  "seal": "as shown"
}`
