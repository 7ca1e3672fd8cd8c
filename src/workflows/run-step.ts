import { ApplicationFailure, isCancellation, sleep } from '@temporalio/workflow'
import type { JournalEntry, ResolvedHold, ResolvedStep } from '../plan/plan.ts'
import type { Blocked, Evidence } from '../steps/step-kind.ts'
import { holdActivities, stepActivities } from './activity-options.ts'
import { reasonOf } from './failures.ts'
import { holdEvidence, holdProgress, isHeld, startOfHold } from './hold.ts'
import { journalRecord } from './messages.ts'
import type { InspectResult, PhaseRequest, StepRequest, StepResult } from './messages.ts'
import { observeRetry } from './observe.ts'
import { approvalViolations } from './approval-violations.ts'
import type { StepStatus } from './status.ts'
import { capitalized, cut } from './text.ts'

const MAX_JOURNAL_BYTES = 1024 * 1024
const LONGEST_BACKOFF_SECONDS = 900

type Inspected = Exclude<InspectResult, Blocked>

/** What a step needs of its phase. */
export interface StepDependencies {
  readonly request: PhaseRequest
  readonly outputs: Map<string, Readonly<Record<string, string>>>
  readonly journal: JournalEntry[]
  readonly note: (step: string, change: Partial<StepStatus>) => void
}

/**
 * Carries a step out, up to its number of attempts in this phase.
 * @throws the failure of the last attempt: the phase reports it, the run asks people.
 */
export async function runStep(step: ResolvedStep, phase: StepDependencies): Promise<StepResult> {
  const first = phase.request.attempts[step.step] ?? 1
  for (let attempt = first; ; attempt++) {
    const made = attempt - first + 1
    phase.note(step.step, { attempt })
    try {
      // Its apply succeeded in the phase's earlier attempt.
      const isApplied = made === 1 && (phase.request.toVerify ?? []).includes(step.step)
      return await attemptOnce(step, attempt, phase, { isApplied })
    } catch (error) {
      if (isCancellation(error)) throw error
      const { type, message } = reasonOf(error)
      if (type === 'OutcomeUnknown') {
        const proven = await provenAnyway(step, attempt, phase)
        if (proven) return proven
      }
      const certainlyHarmless = type === 'NotStarted' || (type === 'OutcomeUnknown' && step.idempotent)
      const mayPass = type === 'CommandFailed' || type === 'StepNotVerified' || type === 'QuestionFailed'
      const of = Math.max(step.maxAttempts, certainlyHarmless ? 5 : 1)
      if (!(certainlyHarmless || mayPass) || made >= of) throw error
      const seconds = certainlyHarmless
        ? 1
        : Math.min(step.backoffSeconds * 2 ** (made - 1), LONGEST_BACKOFF_SECONDS)
      const at = new Date(Date.now() + seconds * 1000).toISOString()
      observeRetry(phase.request.ref.run, step, { attempt: attempt + 1, seconds, failure: message })
      phase.note(step.step, {
        failure: message,
        nextAttempt: { attempt: attempt + 1, last: first + of - 1, at },
      })
      await sleep(`${seconds} seconds`, {
        summary: cut(`attempt ${attempt + 1} of ${step.step} in ${seconds} s, after: ${message}`, 180),
      })
    }
  }
}

/** Inspect → journal → apply → verify. */
async function attemptOnce(
  step: ResolvedStep,
  attempt: number,
  phase: StepDependencies,
  { isApplied }: { readonly isApplied: boolean },
): Promise<StepResult> {
  const { inspect, apply, verify } = stepActivities(step, phase.request.taskQueues)
  const request = stepRequest(step, attempt, phase)

  // After a retry the prior state of the first inspection stays: it is what an undo must return to.
  let entry = phase.journal.find((earlier) => earlier.step.step === step.step)
  let nothingToDo: string | undefined
  if (!entry) {
    phase.note(step.step, { state: 'inspecting', startedAt: now() })
    const inspected = await inspect(request)
    if ('blockedOn' in inspected) throw preconditionMissing(inspected, step.host)
    refuseOther(inspected, phase, step)
    if (inspected.changes.length === 0) {
      nothingToDo = inspected.because ?? 'it is as it should be'
    } else {
      // Written before apply: a step that dies half-way may still have changed the host.
      entry = {
        phase: phase.request.phase.phase,
        step,
        priorState: inspected.priorState,
        ...(inspected.undoes === undefined ? {} : { undoes: inspected.undoes }),
        ...(inspected.undoPorts?.length && { undoPorts: inspected.undoPorts }),
        signature: inspected.signature,
        outputs: request.outputs,
      }
      keepInJournal(entry, phase.journal)
    }
  }

  if (entry && !isApplied) {
    phase.note(step.step, { state: 'applying' })
    await apply({ ...request, priorState: entry.priorState, signature: entry.signature })
  }
  phase.note(step.step, { state: 'verifying' })
  const { outputs = {}, ...found } = await verify(request)
  const evidence = step.hold ? await holdStep(step, step.hold, { request, phase, found }) : found
  return { step: step.step, evidence, outputs, ...(nothingToDo === undefined ? {} : { nothingToDo }) }
}

/** Has the step verified again and again, from its first success on, in activities of some hours. */
async function holdStep(
  step: ResolvedStep,
  hold: ResolvedHold,
  {
    request,
    phase,
    found,
  }: { readonly request: StepRequest; readonly phase: StepDependencies; readonly found: Evidence },
): Promise<Evidence> {
  const activities = holdActivities(step, phase.request.taskQueues)
  let tally = startOfHold(now())
  while (!isHeld(tally, hold)) {
    phase.note(step.step, { state: 'holding', waitsFor: holdProgress(tally, hold) })
    tally = await activities.hold({ ...request, tally })
  }
  return holdEvidence(tally, hold, found)
}

/**
 * An interrupted command may have done its work. Only a verify that reads the host can show that; a statement proves
 * nothing.
 */
async function provenAnyway(
  step: ResolvedStep,
  attempt: number,
  phase: StepDependencies,
): Promise<StepResult | undefined> {
  try {
    const { verify } = stepActivities(step, phase.request.taskQueues)
    const { outputs = {}, ...evidence } = await verify(stepRequest(step, attempt, phase))
    return evidence.strength === 'stated' ? undefined : { step: step.step, evidence, outputs }
  } catch (error) {
    if (isCancellation(error)) throw error
    return undefined
  }
}

/** The request of an activity for a step. */
export function stepRequest(
  step: ResolvedStep,
  attempt: number,
  { request, outputs }: StepDependencies,
): StepRequest {
  const text = JSON.stringify(step.fields)
  const named = [...outputs].filter(([id]) => text.includes(`steps.${id}.`))
  const { ref, plan, phase } = request
  return { ref, plan, phase: phase.phase, step, attempt, outputs: Object.fromEntries(named) }
}

function keepInJournal(entry: JournalEntry, journal: JournalEntry[]): void {
  const bytes = JSON.stringify([...journal, entry].map(journalRecord)).length
  // Beyond this Temporal would fail the workflow task again and again; refused while nothing has changed yet.
  if (bytes > MAX_JOURNAL_BYTES) {
    throw ApplicationFailure.nonRetryable(
      `the journal of phase ${entry.phase} would hold ${bytes} bytes, more than 1 MiB; split the phase`,
      'StepRefused',
    )
  }
  journal.push(entry)
}

function refuseOther(
  { changes, deletions = [] }: Inspected,
  { request: { approved = {}, ref } }: StepDependencies,
  { step }: ResolvedStep,
): void {
  // In the form of digest lines: without the run's own token.
  const lines = changes.map((line) => line.replaceAll(ref.token, '‹run›'))
  const other = approvalViolations({ lines, deletions }, approved[step] ?? {})
  if (other.length === 0) return
  throw ApplicationFailure.nonRetryable(
    `it would do what was not approved: ${other.slice(0, 20).join('; ')}. Nothing was changed by this step. ` +
      'Remove what is new and retry, or roll back and approve it again',
    'StepRefused',
  )
}

function preconditionMissing(
  { blockedOn, text, problem, takenPort }: Blocked,
  host: string,
): ApplicationFailure {
  const { how, name } = blockedOn
  const derived =
    how === 'creates'
      ? {
          what: `${text} is missing on ${host}; no step of this plan creates it`,
          advice: 'check the name or create it',
        }
      : how === 'deletes'
        ? {
            what: `something is at ${name} on ${host}; no step of this plan moves it away`,
            advice: 'move it away',
          }
        : { what: `it needs ${text} on ${host}; no step of this plan does that`, advice: 'do it by hand' }
  const { what, advice } = problem ?? derived
  const happened = `${what}. Nothing was changed by this step`
  return ApplicationFailure.nonRetryable(
    `${what}. ${capitalized(advice)}, then retry. Nothing was changed by this step`,
    'StepRefused',
    { happened, cause: what, advice, ...(takenPort && { takenPort }) },
  )
}

function now(): string {
  return new Date().toISOString()
}
