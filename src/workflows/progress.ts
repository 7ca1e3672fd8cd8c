import type { JournalEntry, ResolvedPhase, ResolvedPlan, ResolvedStep } from '../plan/plan.ts'
import type { Outputs } from '../steps/step-kind.ts'
import { visitorsNow } from './downtime.ts'
import { journalRecord, noteOf } from './messages.ts'
import type {
  Approved,
  JournalRecord,
  PhaseResult,
  PlanContext,
  RollbackRequest,
  RunRef,
  StepResult,
} from './messages.ts'
import type { StepPreview } from './previews.ts'
import type { Choice } from './status.ts'

/** A step whose proof failed and that people skipped or marked done. */
export interface PassedOver {
  readonly step: string
  readonly choice: Choice
  readonly by: string
}

/** What a run has done so far: results, outputs, and the journal of all phases. */
export interface RunProgress {
  readonly planned: (plan: ResolvedPlan) => void
  readonly context: () => PlanContext
  readonly add: (result: PhaseResult) => void
  /** People skipped the step, or marked it done. */
  readonly passOver: (passed: PassedOver) => void
  readonly passedOver: () => readonly PassedOver[]
  /** People approved what was shown; from then on a step does nothing else. */
  readonly approve: (shown: readonly StepPreview[]) => void
  /** By step. */
  readonly approved: (steps: readonly ResolvedStep[]) => Readonly<Record<string, Approved>>
  readonly isDone: (step: string) => boolean
  readonly stepsDone: () => number
  /** The outputs that these steps look up: no request may grow with the run. By step. */
  readonly outputs: (readers: readonly ResolvedStep[]) => Readonly<Record<string, Outputs>>
  readonly evidence: () => readonly StepResult[]
  /** The journal of a phase's earlier attempts, for the steps that it has still to do. */
  readonly journalOf: (phase: string) => readonly JournalRecord[]
  /** Whether any step may have changed a host. */
  readonly hasJournal: () => boolean
  /** One sentence: whether visitors are without an answer now. */
  readonly visitors: () => string | undefined
  readonly forRollback: (ref: RunRef) => RollbackRequest
}

export function startProgress(): RunProgress {
  let plan: ResolvedPlan | undefined
  const done = new Map<string, StepResult>()
  const journal = new Map<string, JournalEntry>()
  const approved = new Map<string, Approved>()
  const passedOver: PassedOver[] = []
  const context = () => contextOf(planned(plan))

  return {
    planned: (resolved) => {
      plan = resolved
    },
    context,
    add: (result) => {
      for (const step of result.done) done.set(step.step, step)
      // The first entry of a step stays: its prior state is the state before this run.
      for (const record of result.journal) {
        const of = planned(plan).phases.find(({ steps }) => steps.some(({ step }) => step === record.step))
        const step = of?.steps.find((one) => one.step === record.step)
        if (of && step && !journal.has(record.step))
          journal.set(record.step, { ...record, phase: of.phase, step })
      }
    },
    passOver: (passed) => {
      passedOver.push(passed)
      done.set(passed.step, { step: passed.step, outputs: {} })
    },
    passedOver: () => passedOver,
    approve: (shown) => {
      for (const { step, deletions, exclusive, digestLines } of shown)
        approved.set(step, { ...(deletions && { deletions }), ...(exclusive && { lines: digestLines }) })
    },
    approved: (steps) =>
      Object.fromEntries([...approved].filter(([id]) => steps.some(({ step }) => step === id))),
    isDone: (step) => done.has(step),
    stepsDone: () => done.size,
    outputs: (readers) => {
      const text = JSON.stringify(readers.map(({ fields }) => fields))
      const read = [...done].filter(([step]) => text.includes(`steps.${step}.`))
      return Object.fromEntries(read.map(([step, { outputs }]) => [step, outputs]))
    },
    evidence: () => [...done.values()],
    journalOf: (phase) =>
      [...journal.values()]
        .filter((entry) => entry.phase === phase && !done.has(entry.step.step))
        .map(journalRecord),
    hasJournal: () => journal.size > 0,
    visitors: () =>
      visitorsNow(planned(plan).downtime, {
        begun: (step) => journal.has(step),
        done: (step) => done.has(step),
      }),
    forRollback: (ref) => {
      const approvers = approversAfter(planned(plan).phases)
      return {
        ...noteOf(ref, planned(plan)),
        ...(approvers.length > 0 && { approvers }),
        journal: [...journal.values()],
      }
    },
  }
}

/**
 * Who may pass over a failed step of this phase, or have the run rolled back: the approvers of the next gate that names some,
 * after the last such gate its own. Empty where no gate of the plan names approvers: anyone may.
 */
export function approversAfter(phases: readonly ResolvedPhase[], phase?: string): readonly string[] {
  const index = phase === undefined ? phases.length : phases.findIndex((one) => one.phase === phase)
  const named = phases.filter(({ gate }) => gate !== undefined && gate.approvers.length > 0)
  const next = named.find((one) => phases.indexOf(one) > index) ?? named.at(-1)
  return next?.gate?.approvers ?? []
}

function contextOf({ plan, hosts, secrets }: ResolvedPlan): PlanContext {
  return { plan, hosts, ...(secrets ? { secrets } : {}) }
}

function planned(plan: ResolvedPlan | undefined): ResolvedPlan {
  if (!plan) throw new TypeError('the plan is not resolved yet')
  return plan
}
