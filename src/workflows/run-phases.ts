import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow'
import type { ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import { askAboutFailure } from './ask.ts'
import type { Attestations } from './attestations.ts'
import type { Board } from './board.ts'
import { measuredDowntime } from './downtime.ts'
import { settleGate } from './gate.ts'
import type { Ledger } from './ledger.ts'
import type { PhaseFailure, RunRef, StepFailure } from './messages.ts'
import { carryOutPhase } from './phase-child.ts'
import { runGraph } from './run-graph.ts'

/** Somebody, or the plan, decided that all of the run is to be undone. */
export class RollBackWanted extends Error {}
/** Somebody decided that the run ends here and that what was done stays. */
export class StopWanted extends Error {}

interface Surroundings {
  readonly ref: RunRef
  readonly board: Board
  readonly ledger: Ledger
  readonly attestations: Attestations
}

/**
 * Runs the phases as soon as what they need is done, each behind its gate.
 * @throws RollBackWanted or StopWanted once everything that ran beside has ended; a cancellation as it came.
 */
export async function runPhases(plan: ResolvedPlan, run: Surroundings): Promise<void> {
  const scope = new CancellationScope()
  const { failed } = await scope.run(() =>
    runGraph(
      plan.phases.map((phase, index) => ({ id: phase.phase, needs: phase.needs, phase, number: index + 1 })),
      async ({ phase, number }) => {
        try {
          await passGate(phase, plan, run)
          await carryOut(phase, `${number}/${plan.phases.length} ${phase.title}`, run)
          run.board.phase(phase.phase, 'done')
          const down = measuredDowntime(plan.downtime, run.ledger.evidence())
          if (down && plan.downtime) run.board.downtime({ ...plan.downtime, ...down })
        } catch (error) {
          run.board.phase(phase.phase, 'failed')
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
  { ref, board, ledger }: Omit<Surroundings, 'attestations'>,
): Promise<void> {
  if (!phase.gate) return
  board.phase(phase.phase, 'gate')
  const choice = await settleGate(phase, phase.gate, { ref, board, ledger, plan })
  if (choice === 'reject') throw new RollBackWanted(`the gate before ${phase.phase} was rejected`)
  if (choice === 'stop') throw new StopWanted(`stopped at the gate before ${phase.phase}`)
}

/** A phase, again and again as people decide, until each step is done, passed over, or all is to be undone. */
async function carryOut(phase: ResolvedPhase, summary: string, run: Surroundings): Promise<void> {
  const { board, ledger, ref } = run
  const generations: Record<string, number> = {}
  let toVerify: readonly string[] = []
  for (let again = '', from = 1; ;) {
    const steps = phase.steps.filter(({ step }) => !ledger.isDone(step))
    const { result, next } = await carryOutPhase({
      request: {
        ref,
        plan: ledger.context(),
        phase: { ...phase, steps },
        generations,
        ...(toVerify.length > 0 && { toVerify }),
        outputs: ledger.outputs(),
        journal: ledger.journalOf(phase.phase),
        approved: ledger.approved(),
        parent: ref.run,
      },
      summary: `${summary}${again}`,
      from,
      started: (workflowId) => board.phase(phase.phase, 'running', workflowId),
    }).finally(() => run.attestations.withdraw(phase.phase))
    ledger.add(result)
    from = next
    // A cancelled phase ends well, with its journal; the cancel itself goes on from here.
    if (result.cancelled) throw new CancelledFailure(`phase ${phase.phase} was cancelled`)
    if (!('failed' in result)) return
    board.phase(phase.phase, 'failed')
    again = await decideOnFailures(result, phase, { ...run, generations })
    // Of those that are still to do: people may have decided that one counts as done.
    toVerify = result.failed.filter(({ type }) => type === 'VerifyTimedOut').map(({ step }) => step)
  }
}

/** @returns what the next try of the phase is called. @throws RollBackWanted or StopWanted. */
async function decideOnFailures(
  { failed }: PhaseFailure,
  phase: ResolvedPhase,
  run: Surroundings & { readonly generations: Record<string, number> },
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
    board,
    ledger,
    generations,
    ref,
  }: Omit<Surroundings, 'attestations'> & { readonly generations: Record<string, number> },
): Promise<string> {
  const said = `step ${failure.step} failed: ${failure.message}`
  if (phase.onFailure === 'roll-back') throw new RollBackWanted(said)
  const step = phase.steps.find((one) => one.step === failure.step)
  const choice = await askAboutFailure(failure, { ref, board, ledger, phase, ...(step ? { step } : {}) })
  switch (choice) {
    case 'retry':
      generations[failure.step] = failure.generation + 1
      return 'retry'
    case 'skip':
    case 'mark-done':
      ledger.pass(failure.step)
      return choice
    case 'stop':
      throw new StopWanted(said)
    default:
      throw new RollBackWanted(said)
  }
}
