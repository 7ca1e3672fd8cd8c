import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow'
import type { ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import { askAboutFailure } from './ask.ts'
import type { Attestations } from './attestations.ts'
import type { RunDisplay } from './display.ts'
import { measuredDowntime } from './downtime.ts'
import { settleGate } from './gate.ts'
import type { RunProgress } from './progress.ts'
import type { PhaseFailure, RunRef, StepFailure } from './messages.ts'
import { carryOutPhase } from './phase-child.ts'
import { runGraph } from './run-graph.ts'

/** Somebody, or the plan, decided that all of the run is to be undone. */
export class RollbackWanted extends Error {}
/** Somebody decided that the run ends here and that what was done stays. */
export class StopWanted extends Error {}

interface Dependencies {
  readonly ref: RunRef
  readonly display: RunDisplay
  readonly progress: RunProgress
  readonly attestations: Attestations
}

/**
 * Runs the phases as soon as what they need is done, each behind its gate.
 * @throws RollbackWanted or StopWanted once everything that ran beside has ended; a cancellation as it came.
 */
export async function runPhases(plan: ResolvedPlan, run: Dependencies): Promise<void> {
  const scope = new CancellationScope()
  const { failed } = await scope.run(() =>
    runGraph(
      plan.phases.map((phase, index) => ({ id: phase.phase, needs: phase.needs, phase, number: index + 1 })),
      async ({ phase, number }) => {
        try {
          await passGate(phase, plan, run)
          await carryOut(phase, `${number}/${plan.phases.length} ${phase.title}`, run)
          run.display.phase(phase.phase, 'done')
          const down = measuredDowntime(plan.downtime, run.progress.evidence())
          if (down && plan.downtime) run.display.downtime({ ...plan.downtime, ...down })
        } catch (error) {
          run.display.phase(phase.phase, 'failed')
          // Siblings are stopped, and waited for, before anything is undone or left.
          scope.cancel()
          throw error
        }
      },
    ),
  )
  const [decided] = failed.filter(({ error }) => !isCancellation(error))
  const [first] = failed
  if (first) throw decided?.error ?? first.error
}

async function passGate(
  phase: ResolvedPhase,
  plan: ResolvedPlan,
  { ref, display, progress }: Omit<Dependencies, 'attestations'>,
): Promise<void> {
  if (!phase.gate) return
  display.phase(phase.phase, 'gate')
  const choice = await settleGate(phase, phase.gate, { ref, display, progress, plan })
  if (choice === 'reject') throw new RollbackWanted(`the gate before ${phase.phase} was rejected`)
  if (choice === 'stop') throw new StopWanted(`stopped at the gate before ${phase.phase}`)
}

/** A phase, again and again as people decide, until each step is done, passed over, or all is to be undone. */
async function carryOut(phase: ResolvedPhase, summary: string, run: Dependencies): Promise<void> {
  const { display, progress, ref } = run
  const attempts: Record<string, number> = {}
  let toVerify: readonly string[] = []
  for (let again = '', from = 1; ;) {
    const steps = phase.steps.filter(({ step }) => !progress.isDone(step))
    const { result, next } = await carryOutPhase({
      request: {
        ref,
        plan: progress.context(),
        phase: { ...phase, steps },
        attempts,
        ...(toVerify.length > 0 && { toVerify }),
        outputs: progress.outputs(steps),
        journal: progress.journalOf(phase.phase),
        approved: progress.approved(steps),
        parent: ref.run,
      },
      summary: `${summary}${again}`,
      from,
      started: (workflowId) => display.phase(phase.phase, 'running', workflowId),
    }).finally(() => run.attestations.withdraw(phase.phase))
    progress.add(result)
    from = next
    // A cancelled phase ends well, with its journal; the cancel itself goes on from here.
    if (result.cancelled) throw new CancelledFailure(`phase ${phase.phase} was cancelled`)
    if (!('failed' in result)) return
    display.phase(phase.phase, 'failed')
    again = await decideOnFailures(result, phase, { ...run, attempts })
    // Of those that are still to do: people may have decided that one counts as done.
    toVerify = result.failed.filter(({ type }) => type === 'VerifyTimedOut').map(({ step }) => step)
  }
}

/** @returns what the next try of the phase is called. @throws RollbackWanted or StopWanted. */
async function decideOnFailures(
  { failed }: PhaseFailure,
  phase: ResolvedPhase,
  run: Dependencies & { readonly attempts: Record<string, number> },
): Promise<string> {
  const named: string[] = []
  for (const failure of failed) {
    const decided = await decideOn(failure, phase, run)
    named.push(`${decided} ${failure.step}`)
  }
  return `, ${named.join(', ')}`
}

async function decideOn(
  failure: StepFailure,
  phase: ResolvedPhase,
  {
    display,
    progress,
    attempts,
    ref,
  }: Omit<Dependencies, 'attestations'> & { readonly attempts: Record<string, number> },
): Promise<string> {
  const said = `step ${failure.step} failed: ${failure.message}`
  if (phase.onFailure === 'rollback') throw new RollbackWanted(said)
  const step = phase.steps.find((one) => one.step === failure.step)
  const choice = await askAboutFailure(failure, { ref, display, progress, phase, ...(step ? { step } : {}) })
  switch (choice) {
    case 'retry':
      attempts[failure.step] = failure.attempt + 1
      return 'retry'
    case 'skip':
    case 'mark-done':
      progress.pass(failure.step)
      return choice
    case 'stop':
      throw new StopWanted(said)
    default:
      throw new RollbackWanted(said)
  }
}
