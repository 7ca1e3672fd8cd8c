import { CancellationScope, CancelledFailure, isCancellation } from '@temporalio/workflow'
import type { ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import type { RunAttestations } from './attestations.ts'
import { NOBODY } from './answers.ts'
import { clearAsChild } from './clear.ts'
import { measuredDowntime } from './downtime.ts'
import { askAboutFailure } from './failed-step.ts'
import type { Dependencies } from './failed-step.ts'
import { formatSeconds } from './failures.ts'
import { settleGate } from './gate.ts'
import type { RunLocks } from './locks.ts'
import type { PhaseFailure, StepFailure } from './messages.ts'
import { carryOutPhase } from './phase-child.ts'
import { runGraph } from './run-graph.ts'
import type { PhaseClear } from './status.ts'

/** People, or the plan, decided to roll the whole run back. */
export class RollbackWanted extends Error {}
/** People decided to end the run and to keep what was done; or nobody decided in time (`isExpired`). */
export class StopWanted extends Error {
  readonly isExpired: boolean
  constructor(why: string, { isExpired = false } = {}) {
    super(why)
    this.isExpired = isExpired
  }
}

interface Run extends Dependencies {
  readonly plan: ResolvedPlan
  readonly attestations: RunAttestations
  readonly locks: RunLocks
}

/**
 * Runs each phase as soon as the phases that it needs are done, behind its gate.
 * @throws RollbackWanted, StopWanted or a cancellation, after every other phase has ended.
 */
export async function runPhases(plan: ResolvedPlan, dependencies: Omit<Run, 'plan'>): Promise<void> {
  const run = { ...dependencies, plan }
  const scope = new CancellationScope()
  const { failed } = await scope.run(() =>
    runGraph(
      plan.phases.map((phase, index) => ({ id: phase.phase, needs: phase.needs, phase, number: index + 1 })),
      async ({ phase, number }) => {
        let hasBegun = false
        try {
          await passGate(phase, run)
          hasBegun = true
          await carryOut(phase, `${number}/${plan.phases.length} ${phase.title}`, run)
          run.display.phase(phase.phase, 'done')
          if (phase.clears) await clearAfter(phase.phase, phase.clears, run)
          const down = measuredDowntime(plan.downtime, run.progress.evidence())
          if (down && plan.downtime) run.display.downtime({ ...plan.downtime, ...down })
        } catch (error) {
          run.display.phase(phase.phase, hasBegun ? 'failed' : 'not-begun')
          // Sibling phases end before anything is undone or left.
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

async function passGate(phase: ResolvedPhase, run: Run): Promise<void> {
  if (!phase.gate) return
  run.display.phase(phase.phase, 'gate')
  const { choice, by } = await settleGate(phase, phase.gate, run)
  if (choice === 'approve') return
  const isExpired = by === NOBODY
  const why = isExpired
    ? `nobody answered the gate before ${phase.phase} within ${formatSeconds(phase.gate.withinSeconds)}`
    : `${by} answered ${choice} at the gate before ${phase.phase}`
  if (choice === 'reject') throw new RollbackWanted(why)
  throw new StopWanted(why, { isExpired })
}

/** Runs a phase, again as people decide, until each step is done or passed over. @throws RollbackWanted or StopWanted. */
async function carryOut(phase: ResolvedPhase, summary: string, run: Run): Promise<void> {
  const { attestations, display, locks, plan, progress, ref } = run
  const attempts: Record<string, number> = {}
  let toVerify: readonly string[] = []
  for (let again = '', from = 1; ;) {
    const steps = phase.steps.filter(({ step }) => !progress.isDone(step))
    await locks.ensure()
    progress.running(phase)
    const { result, next } = await carryOutPhase({
      watch: { display, steps: downtimeSteps(phase, plan), seen: progress.seen },
      request: {
        ref,
        plan: progress.context(),
        phase: { ...phase, steps },
        attempts,
        ...(toVerify.length > 0 && { toVerify }),
        outputs: progress.outputs(steps),
        journal: progress.journalOf(phase.phase),
        approved: progress.approved(steps),
        ...(plan.taskQueues && { taskQueues: plan.taskQueues }),
      },
      summary: `${summary}${again}`,
      from,
      started: (workflowId) => {
        display.phase(phase.phase, 'running', workflowId)
        attestations.watch(phase, workflowId)
      },
    }).finally(() => attestations.stop(phase))
    progress.add(phase, result)
    from = next
    // A cancelled phase completes, with its journal.
    if (result.cancelled) throw new CancelledFailure(`phase ${phase.phase} was cancelled`)
    if (!('failed' in result)) return
    display.phase(phase.phase, 'failed')
    again = await decideOnFailures(result, phase, { ...run, attempts })
    // Only of steps still to do: people may have marked one done.
    toVerify = result.failed.filter(({ type }) => type === 'VerifyTimedOut').map(({ step }) => step)
  }
}

/**
 * Undoes what this phase clears, with a phase that is done. A cancel waits for its end: no rollback begins beside it.
 * @throws CancelledFailure after its end, if the run was cancelled meanwhile
 */
async function clearAfter(
  phase: string,
  clears: readonly string[],
  { display, locks, plan, progress, ref }: Run,
): Promise<void> {
  const scope = CancellationScope.current()
  const stopIfCancelled = () => {
    if (scope.consideredCancelled) throw new CancelledFailure(`the run was cancelled after phase ${phase}`)
  }
  stopIfCancelled()
  const request = progress.forClear(ref, phase, clears)
  const of = { phases: plan.phases.filter((one) => clears.includes(one.phase)).map(({ title }) => title) }
  if (!request) {
    for (const one of clears) display.phase(one, 'cleared')
    return display.clear(phase, { ...of, undone: 0 })
  }
  await locks.ensure()
  const since = Date.now()
  let named: Pick<PhaseClear, 'workflowId'> = {}
  const { undone, leftovers, notUndone } = await CancellationScope.nonCancellable(() =>
    clearAsChild(request, {
      display,
      started: (workflowId) => {
        named = { workflowId }
        for (const one of clears) display.phase(one, 'clearing')
        display.clear(phase, { ...of, ...named })
      },
    }),
  )
  progress.cleared(request, notUndone)
  display.left(leftovers)
  const kept = request.journal.filter(({ step }) => notUndone.some((one) => one.step === step.step))
  for (const one of clears) display.phase(one, kept.some((entry) => entry.phase === one) ? 'done' : 'cleared')
  display.clear(phase, {
    ...{ ...of, ...named, undone: undone.length, seconds: (Date.now() - since) / 1000 },
    left: [...leftovers.map(({ what }) => what), ...notUndone.map(({ step }) => `${step} (not undone)`)],
  })
  stopIfCancelled()
}

/** The steps of this phase that begin or end the plan's downtime. */
function downtimeSteps({ steps }: ResolvedPhase, { downtime }: ResolvedPlan): readonly string[] {
  return steps.map(({ step }) => step).filter((step) => step === downtime?.from || step === downtime?.to)
}

type Attempted = Run & { readonly attempts: Record<string, number> }

/** @returns what was decided, for the summary of the phase's next attempt. @throws RollbackWanted or StopWanted. */
async function decideOnFailures(
  { failed }: PhaseFailure,
  phase: ResolvedPhase,
  run: Attempted,
): Promise<string> {
  const decided: string[] = []
  for (const failure of failed) decided.push(`${await decideOn(failure, phase, run)} ${failure.step}`)
  return `, ${decided.join(', ')}`
}

async function decideOn(failure: StepFailure, phase: ResolvedPhase, run: Attempted): Promise<string> {
  const { step, message, attempt } = failure
  const why = `step ${step} failed: ${message}`
  if (phase.onFailure === 'rollback') throw new RollbackWanted(why)
  const { choice, by } = await askAboutFailure(failure, { ...run, phase })
  switch (choice) {
    case 'retry':
      run.attempts[step] = attempt + 1
      return 'retry'
    case 'skip':
    case 'mark-done':
      run.progress.passOver({ step, choice, by })
      run.display.phase(phase.phase, 'running')
      return choice
    case 'stop':
      throw new StopWanted(why)
    default:
      throw new RollbackWanted(why)
  }
}
