import { CancellationScope, isCancellation, setCurrentDetails, setHandler } from '@temporalio/workflow'
import type { AtOnce, JournalEntry, ResolvedStep } from '../plan/plan.ts'
import { phaseDetails } from './details.ts'
import { ended, stepFailure } from './failures.ts'
import { journalRecord, onHost } from './messages.ts'
import type { PhaseFailure, PhaseRequest, PhaseResult, StepFailure, StepResult } from './messages.ts'
import type { StepStatus } from './status.ts'
import { openRequests } from './attestations.ts'
import { observeDone, observeFailure } from './observe.ts'
import { runGraph } from './run-graph.ts'
import { runStep } from './run-step.ts'
import type { StepDependencies } from './run-step.ts'
import { journalQuery, phaseStatusQuery } from './signals.ts'
import { handleUnknownSignals, readRefOfParent } from './validate-input.ts'
import { waitOut } from './wait-step.ts'

/**
 * Carries out the steps of a phase in the order of their needs. It takes no decisions: after the first failure it starts
 * nothing more, waits for the steps that run, and fails with `PhaseFailed`. Cancelled, it returns what it did.
 */
export async function runPhase(request: PhaseRequest): Promise<PhaseResult> {
  readRefOfParent(request)
  const status = new Map<string, StepStatus>()
  const journal: JournalEntry[] = []
  setHandler(phaseStatusQuery, () => ({ phase: request.phase.phase, steps: [...status.values()] }), {
    description: 'Each step of this phase: state, times, attempt and evidence',
  })
  setHandler(journalQuery, () => journal, {
    description: 'What may have to be undone: each step and its prior state',
  })
  const attestations = openRequests()
  handleUnknownSignals()

  const outputs = new Map(Object.entries(request.outputs))
  const done: StepResult[] = []
  const failed: StepFailure[] = []
  let cancelled = false
  // People and the clock are not awaited once a step has failed: a wait leaves nothing half done.
  const waits = new CancellationScope()
  for (const entry of initialStatus(request)) status.set(entry.step, entry)
  journal.push(...earlierJournal(request))
  const note = (step: string, change: Partial<StepStatus>) => {
    const before = status.get(step)
    if (before) status.set(step, { ...before, ...change })
    setCurrentDetails(phaseDetails(request, [...status.values()]))
  }

  const carryOut = (step: ResolvedStep, phase: StepDependencies) => {
    const { doneBy } = step
    if (!doneBy) return runStep(step, phase)
    return waits.run(() =>
      doneBy.who === 'clock' ? waitOut(step, doneBy, phase) : attestations.attest(step, doneBy, phase),
    )
  }

  const { atOnce } = request.phase
  const { notStarted } = await runGraph(
    request.phase.steps.map((step) => ({ id: step.step, needs: step.needs, step })),
    async ({ step }) => {
      const startedAt = new Date().toISOString()
      try {
        const carriedOut = await carryOut(step, { request, outputs, journal, note })
        const result = { ...carriedOut, took: { startedAt, endedAt: new Date().toISOString() } }
        outputs.set(step.step, result.outputs)
        done.push(result)
        observeDone(step, result)
        note(step.step, { state: 'done', endedAt: new Date().toISOString(), ...evidenceOf(result) })
      } catch (error) {
        if (isCancellation(error)) {
          if (step.doneBy && failed.length > 0) note(step.step, { state: 'waiting' })
          else cancelled = true
        } else {
          const failure = { ...stepFailure(step, status.get(step.step)?.attempt ?? 1, error), startedAt }
          failed.push(failure)
          observeFailure(step, failure)
          waits.cancel()
          note(step.step, { state: 'failed', endedAt: failure.at, failure: failure.message })
        }
        throw error
      }
    },
    ({ step }, running) =>
      !atOnce ||
      mayStart(
        step,
        running.map((one) => one.step),
        atOnce,
      ),
  )

  const result: PhaseResult = { done, journal: journal.map(journalRecord), cancelled }
  if (cancelled || failed.length === 0) return result
  const failure: PhaseFailure = { ...result, failed, notStarted }
  const [first] = failed
  throw ended(
    'PhaseFailed',
    `step ${first?.step}${onHost(first?.host ?? '')} failed: ${first?.message}`,
    failure,
  )
}

/** A step that waits for people or the clock costs a host nothing. */
function mayStart(step: ResolvedStep, running: readonly ResolvedStep[], { steps, hosts }: AtOnce): boolean {
  if (step.doneBy) return true
  const busy = running.filter(({ doneBy }) => !doneBy)
  const onHost = busy.filter(({ host }) => host === step.host)
  return busy.length < steps && onHost.length < (hosts[step.host] ?? steps)
}

function initialStatus({ phase, attempts }: PhaseRequest): readonly StepStatus[] {
  return phase.steps.map(({ step, title, host }) => ({
    ...{ step, title, host, state: 'waiting' },
    attempt: attempts[step] ?? 1,
  }))
}

function earlierJournal({ phase, journal }: PhaseRequest): readonly JournalEntry[] {
  return phase.steps.flatMap((step) =>
    journal
      .filter((entry) => entry.step === step.step)
      .map((entry) => ({ ...entry, phase: phase.phase, step })),
  )
}

function evidenceOf({ evidence, nothingToDo }: StepResult): Partial<StepStatus> {
  return { ...(evidence ? { evidence } : {}), ...(nothingToDo === undefined ? {} : { nothingToDo }) }
}
