import type { JournalEntry, ResolvedPlan, ResolvedStep } from '../plan/plan.ts'
import type { Outputs } from '../steps/step-kind.ts'
import { visitorsNow } from './downtime.ts'
import { noteOf } from './messages.ts'
import type { Approved, PhaseResult, PlanContext, RollbackRequest, RunRef, StepResult } from './messages.ts'
import type { StepPreview } from './previews.ts'

/** What a run has done so far: results, outputs, and the journal of all phases. */
export interface RunProgress {
  readonly planned: (plan: ResolvedPlan) => void
  readonly context: () => PlanContext
  readonly add: (result: PhaseResult) => void
  /** People took the step for done, or went on without it. */
  readonly pass: (step: string) => void
  /** People approved what was shown; from then on a step does nothing else. */
  readonly approve: (shown: readonly StepPreview[]) => void
  /** By step. */
  readonly approved: (steps: readonly ResolvedStep[]) => Readonly<Record<string, Approved>>
  readonly isDone: (step: string) => boolean
  readonly stepsDone: () => number
  /** The outputs that these steps look up: no request may grow with the run. By step. */
  readonly outputs: (readers: readonly ResolvedStep[]) => Readonly<Record<string, Outputs>>
  readonly evidence: () => readonly StepResult[]
  readonly journalOf: (phase: string) => readonly JournalEntry[]
  /** Whether visitors wait for what comes next, in words. */
  readonly visitors: () => string | undefined
  readonly forRollback: (ref: RunRef) => RollbackRequest
}

export function startProgress(): RunProgress {
  let plan: ResolvedPlan | undefined
  const done = new Map<string, StepResult>()
  const journal = new Map<string, JournalEntry>()
  const approved = new Map<string, Approved>()
  const context = () => contextOf(planned(plan))

  return {
    planned: (resolved) => {
      plan = resolved
    },
    context,
    add: (result) => {
      for (const step of result.done) done.set(step.step, step)
      // The first entry of a step stays: its prior state is what was there before this run.
      for (const entry of result.journal)
        if (!journal.has(entry.step.step)) journal.set(entry.step.step, entry)
    },
    pass: (step) => done.set(step, { step, outputs: {} }),
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
    journalOf: (phase) => [...journal.values()].filter((entry) => entry.phase === phase),
    visitors: () =>
      visitorsNow(planned(plan).downtime, {
        begun: (step) => journal.has(step),
        done: (step) => done.has(step),
      }),
    forRollback: (ref) => ({ ...noteOf(ref, planned(plan)), journal: [...journal.values()] }),
  }
}

function contextOf({ plan, hosts, secrets }: ResolvedPlan): PlanContext {
  return { plan, hosts, ...(secrets ? { secrets } : {}) }
}

function planned(plan: ResolvedPlan | undefined): ResolvedPlan {
  if (!plan) throw new TypeError('the plan is not resolved yet')
  return plan
}
