import type { Approvers, JournalEntry, ResolvedPhase, ResolvedPlan, ResolvedStep } from '../plan/plan.ts'
import type { HeldPort, Outputs } from '../steps/step-kind.ts'
import { dataInWords, ifNobodyAnswers, undoLines, visitorsAfterUndo, visitorsInWords } from './impact.ts'
import { downtimeState, journalRecord, noteOf } from './messages.ts'
import type {
  Approved,
  JournalRecord,
  PhaseFailure,
  PhaseResult,
  ClearRequest,
  PlanContext,
  RollbackRequest,
  RollbackResult,
  RunRef,
  StepResult,
  StepTimes,
} from './messages.ts'
import type { StepPreview } from './previews.ts'
import type { Choice, Decision } from './status.ts'
import { escaped } from './text.ts'

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
  readonly add: (phase: ResolvedPhase, result: PhaseResult | PhaseFailure) => void
  /** The phase runs now. */
  readonly running: (phase: ResolvedPhase) => void
  /** A rollback of this run has begun, and has undone these steps so far. */
  readonly rollingBack: (undone: readonly string[]) => void
  /** When steps of a running phase began and were done, as the phase shows it. */
  readonly seen: (times: StepTimes) => void
  /** People skipped the step, or marked it done. */
  readonly passOver: (passed: PassedOver) => void
  readonly passedOver: () => readonly PassedOver[]
  /** Records an approval: from then on each step may do only what was shown. */
  readonly approve: (shown: readonly StepPreview[]) => void
  /** By step. */
  readonly approved: (steps: readonly ResolvedStep[]) => Readonly<Record<string, Approved>>
  readonly isDone: (step: string) => boolean
  readonly stepsDone: () => number
  /** Only the outputs that these steps look up, so that no request grows with the run. By step. */
  readonly outputs: (readers: readonly ResolvedStep[]) => Readonly<Record<string, Outputs>>
  readonly evidence: () => readonly StepResult[]
  /** The journal of a phase's earlier attempts, for the steps that it has still to do. */
  readonly journalOf: (phase: string) => readonly JournalRecord[]
  /** Whether any step may have changed a host. */
  readonly hasJournal: () => boolean
  /** Whether visitors are without an answer now, in one sentence; undefined before the plan is known. */
  readonly visitors: () => string | undefined
  /** Whether this run has taken the site down, and nothing has brought it back. */
  readonly isDown: () => boolean
  /** What follows while the site is down and the approvers of a question are away; undefined while it is not. */
  readonly unanswered: (
    asked: Pick<Decision, 'approvers' | 'expires' | 'otherwise'>,
    run: string,
  ) => string | undefined
  /** Who decides whether a cancelled run is rolled back. Empty: anyone. */
  readonly guardOfCancel: () => Approvers
  /** Whether no step can have changed a host. */
  readonly isUntouched: () => boolean
  /** Whether a rollback could undo anything. */
  readonly canUndo: () => boolean
  /** Whether a step may have changed a host. */
  readonly hasChanged: (step: string) => boolean
  /** The steps whose undo starts containers on this port of a host, unless they hold it already. */
  readonly undosOnPort: (host: string, taken: HeldPort) => readonly string[]
  /** Ports that were held when a gate was shown and are not any more, until it is approved again. */
  readonly portsFreed: (freed: readonly HeldPort[]) => void
  /** Which changes of data a rollback cannot put back, in one sentence. */
  readonly data: () => string
  /** What a rollback would do, one line for each step. */
  readonly undoes: () => readonly string[]
  readonly forRollback: (ref: RunRef) => RollbackRequest
  /** Whether the plan has an unlocked gate. */
  readonly mayGiveLocksBack: () => boolean
  /** What the clear after this phase needs; undefined where those phases changed nothing. */
  readonly forClear: (ref: RunRef, phase: string, clears: readonly string[]) => ClearRequest | undefined
  /** A clear has ended: what it undid leaves the journal. */
  readonly cleared: (request: ClearRequest, notUndone: RollbackResult['notUndone']) => void
}

/** `by`: who started the run. */
export function startProgress(by?: string): RunProgress {
  let plan: ResolvedPlan | undefined
  const done = new Map<string, StepResult>()
  const journal = new Map<string, JournalEntry>()
  const approved = new Map<string, Approved>()
  const passedOver: PassedOver[] = []
  const startedAt = new Map<string, string>()
  const running = new Map<string, string>()
  const cleared = new Set<string>()
  let freed: readonly HeldPort[] = []
  let undone: Map<string, string> | undefined
  const shown = new Map<string, StepTimes[string]>()
  const context = () => contextOf(planned(plan))
  const downtime = () =>
    downtimeState(plan?.downtime, {
      begun: (step) => (journal.has(step) ? startedAt.get(step) : shown.get(step)?.startedAt),
      done: (step) => done.get(step)?.took?.endedAt ?? shown.get(step)?.endedAt,
    })
  const isDown = () => {
    const { downSince, servedSince } = downtime() ?? {}
    return downSince !== undefined && servedSince === undefined
  }
  const canUndo = () =>
    running.size > 0 || [...journal.values()].some(({ step: { cannotUndo } }) => cannotUndo === undefined)
  const guardOfCancel = () => {
    const { phases, ...of } = planned(plan)
    const next = phases.find(({ steps }) => !steps.every(({ step }) => done.has(step)))
    return approversAfter({ ...of, phases }, next?.phase)
  }
  const visitors = () => {
    if (!plan) return undefined
    const state = downtime()
    const { noDowntime } = plan
    if (undone) return visitorsAfterUndo(state, { journal: [...journal.keys()], undone, noDowntime })
    const phasesDone = plan.phases.filter(({ steps }) => steps.every(({ step }) => done.has(step)))
    return visitorsInWords(state, {
      hasChanged: journal.size > 0 || running.size > 0,
      hasCleared: cleared.size > 0,
      phasesDone: phasesDone.map(({ title }) => title),
      freed,
      noDowntime,
    })
  }

  return {
    planned: (resolved) => {
      plan = resolved
    },
    context,
    running: (phase) => void running.set(phase.phase, phase.title),
    seen: (times) => {
      for (const [step, time] of Object.entries(times)) shown.set(step, time)
    },
    add: ({ phase }, result) => {
      running.delete(phase)
      for (const step of result.done) {
        done.set(step.step, step)
        if (step.took) startedAt.set(step.step, step.took.startedAt)
      }
      for (const { step, startedAt: at } of 'failed' in result ? result.failed : [])
        if (at !== undefined) startedAt.set(step, at)
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
    visitors,
    isDown,
    unanswered: (asked, run) =>
      isDown()
        ? ifNobodyAnswers(asked, { run, guard: guardOfCancel().approvers, canUndo: canUndo() })
        : undefined,
    guardOfCancel,
    isUntouched: () => journal.size === 0 && running.size === 0,
    canUndo,
    hasChanged: (step) => journal.has(step),
    undosOnPort: (host, { port, holder }) =>
      [...journal.values()]
        .filter(({ step, undoPorts = [] }) =>
          undoPorts.some((one) => step.host === host && one.port === port && one.holder !== holder),
        )
        .map(({ step: { step } }) => step),
    portsFreed: (ports) => {
      freed = ports
    },
    data: () => dataInWords([...journal.values()], { hasCleared: cleared.size > 0 }),
    undoes: () => [
      // Only the phase itself knows its journal until it ends.
      ...[...running.values()].map(
        (title) => `- all that phase "${escaped(title)}", which runs now, has done`,
      ),
      ...undoLines([...journal.values()].filter(({ step: { step } }) => undone?.has(step) !== true)),
    ],
    rollingBack: (steps) => {
      undone = new Map(steps.map((step) => [step, new Date().toISOString()]))
    },
    forRollback: (ref) => {
      const guard = approversAfter(planned(plan))
      const state = downtime()
      return {
        ...noteOf(ref, planned(plan)),
        ...(guard.approvers.length > 0 && guard),
        ...(by !== undefined && { startedBy: by }),
        ...(state && { downtime: state }),
        ...(plan?.noDowntime && { noDowntime: plan.noDowntime }),
        ...(cleared.size > 0 && { cleared: [...cleared] }),
        ...(plan?.taskQueues && { taskQueues: plan.taskQueues }),
        ...(plan?.notify && { notify: plan.notify }),
        journal: [...journal.values()],
      }
    },
    mayGiveLocksBack: () => planned(plan).phases.some(({ gate }) => gate?.unlocked === true),
    forClear: (ref, phase, clears) => {
      const entries = [...journal.values()].filter((entry) => clears.includes(entry.phase))
      if (entries.length === 0) return undefined
      const guard = approversAfter(planned(plan), phase)
      return {
        ...noteOf(ref, planned(plan)),
        ...(guard.approvers.length > 0 && guard),
        ...(by !== undefined && { startedBy: by }),
        ...(plan?.taskQueues && { taskQueues: plan.taskQueues }),
        journal: entries,
        ...{ after: phase, clears },
      }
    },
    cleared: (request, notUndone) => {
      for (const entry of request.journal) {
        const { step } = entry.step
        const left = notUndone.find((one) => one.step === step)
        if (left) {
          // A rehearsed undo that failed proves nothing; and a later rollback attempts it anew.
          passedOver.push({ step, choice: 'skip', by: left.by ?? 'nobody' })
          const undoAttempts = (entry.undoAttempts ?? 0) + (left.attempts ?? 0)
          journal.set(step, { ...entry, undoAttempts })
          continue
        }
        journal.delete(step)
        cleared.add(step)
      }
    },
  }
}

/**
 * Who may pass over a failed step of this phase, or have the run rolled back: the people whom the plan names for that.
 * Default: the approvers of the next gate that names any; after the last such gate, those of that gate. Empty if the plan
 * names nobody: anyone may.
 */
export function approversAfter(
  { guardedBy, phases }: Pick<ResolvedPlan, 'guardedBy' | 'phases'>,
  phase?: string,
): Approvers {
  if (guardedBy) return guardedBy
  const index = phase === undefined ? phases.length : phases.findIndex((one) => one.phase === phase)
  const named = phases.filter(({ gate }) => gate !== undefined && gate.approvers.length > 0)
  const next = named.find((one) => phases.indexOf(one) > index) ?? named.at(-1)
  return next?.gate ? approversOf(next.gate) : { approvers: [] }
}

/** Only these fields of a gate or of a request. */
export function approversOf({ approvers = [], signed, quorum }: Partial<Approvers>): Approvers {
  return { approvers, ...(signed && { signed }), ...(quorum !== undefined && { quorum }) }
}

/** Whether any decision of a run of this plan needs an approver. */
export function namesApprovers({ guardedBy, phases }: ResolvedPlan): boolean {
  return [guardedBy, ...phases.map(({ gate }) => gate)].some((one) => (one?.approvers.length ?? 0) > 0)
}

function contextOf({ plan, hosts, secrets }: ResolvedPlan): PlanContext {
  return { plan, hosts, ...(secrets ? { secrets } : {}) }
}

function planned(plan: ResolvedPlan | undefined): ResolvedPlan {
  if (!plan) throw new TypeError('the plan is not resolved yet')
  return plan
}
