import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow'
import type { JournalEntry, ResolvedStep } from '../plan/plan.ts'
import { phaseDetails } from './details.ts'
import { ended, stepFailure } from './failures.ts'
import { onHost } from './messages.ts'
import type { PhaseFailure, PhaseRequest, PhaseResult, StepFailure, StepResult } from './messages.ts'
import type { StepStatus } from './status.ts'
import { openWords } from './attest-step.ts'
import { runGraph } from './run-graph.ts'
import { runStep } from './run-step.ts'
import type { StepDependencies } from './run-step.ts'
import { journalQuery, phaseStatusQuery, stepFailed } from './signals.ts'
import { waitOut } from './wait-step.ts'

/**
 * Carries out the steps of a phase in order of need. It takes no decisions: at the first failure it tells the run,
 * starts nothing more, lets what runs end, and fails with `PhaseFailed`. Cancelled, it returns what it did.
 */
export async function runPhase(request: PhaseRequest): Promise<PhaseResult> {
  const journal: JournalEntry[] = [...request.journal]
  const outputs = new Map(Object.entries(request.outputs))
  const done: StepResult[] = []
  const failed: StepFailure[] = []
  const status = statusOf(request)
  let cancelled = false
  const words = openWords(request)
  // People and the clock are not waited for once a step has failed: nothing of theirs is half done.
  const nobodysHost = new CancellationScope()

  setHandler(phaseStatusQuery, () => ({ phase: request.phase.phase, steps: [...status.values()] }), {
    description: 'Each step of this phase: its state, times, try and evidence',
  })
  setHandler(journalQuery, () => journal, {
    description: 'What may have to be undone: step and what was seen before it',
  })
  const note = (step: string, change: Partial<StepStatus>) => {
    const before = status.get(step)
    if (before) status.set(step, { ...before, ...change })
    setCurrentDetails(phaseDetails(request, [...status.values()]))
  }

  const carryOut = (step: ResolvedStep, phase: StepDependencies) => {
    const { doneBy } = step
    if (!doneBy) return runStep(step, phase)
    return nobodysHost.run(() =>
      doneBy.who === 'clock' ? waitOut(step, doneBy, phase) : words.ask(step, doneBy, phase),
    )
  }

  const { notStarted } = await runGraph(
    request.phase.steps.map((step) => ({ id: step.step, needs: step.needs, step })),
    async ({ step }) => {
      try {
        const startedAt = new Date().toISOString()
        const carriedOut = await carryOut(step, { request, outputs, journal, note })
        const result = { ...carriedOut, took: { startedAt, endedAt: new Date().toISOString() } }
        outputs.set(step.step, result.outputs)
        done.push(result)
        note(step.step, { state: 'done', endedAt: new Date().toISOString(), ...evidenceOf(result) })
      } catch (error) {
        if (isCancellation(error)) {
          if (step.doneBy && failed.length > 0) note(step.step, { state: 'waiting' })
          else cancelled = true
        } else {
          const failure = stepFailure(step, status.get(step.step)?.attempt ?? 1, error)
          failed.push(failure)
          nobodysHost.cancel()
          note(step.step, { state: 'failed', endedAt: failure.at, failure: failure.message })
          await tellTheRun(request, failure)
        }
        throw error
      }
    },
  )

  const result: PhaseResult = { done, journal, cancelled }
  if (cancelled || failed.length === 0) return result
  const failure: PhaseFailure = { ...result, failed, notStarted }
  const [first] = failed
  throw ended(
    'PhaseFailed',
    `step ${first?.step}${onHost(first?.host ?? '')} failed: ${first?.message}`,
    failure,
  )
}

/** Someone may have to wake up, while other steps of the phase still run for an hour. */
async function tellTheRun(request: PhaseRequest, failure: StepFailure): Promise<void> {
  try {
    await getExternalWorkflowHandle(request.parent).signal(stepFailed, {
      phase: request.phase.phase,
      failure,
    })
  } catch {
    // The run is closed (terminated); the phase still ends with its own failure.
  }
}

function statusOf({ phase, attempts }: PhaseRequest): Map<string, StepStatus> {
  return new Map(
    phase.steps.map(({ step, title, host }) => [
      step,
      { step, title, host, state: 'waiting', attempt: attempts[step] ?? 1 },
    ]),
  )
}

function evidenceOf({ evidence, nothingToDo }: StepResult): Partial<StepStatus> {
  return { ...(evidence ? { evidence } : {}), ...(nothingToDo === undefined ? {} : { nothingToDo }) }
}
