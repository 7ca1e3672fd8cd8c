import type { ResolvedGate, ResolvedPhase, ResolvedPlan } from '../plan/plan.ts'
import { askAboutUnsettled, askAtGate } from './ask.ts'
import type { Dependencies } from './ask.ts'
import { forecastDowntime } from './downtime.ts'
import { driftLines, driftOfSteps } from './drift.ts'
import { previewSteps } from './preview-steps.ts'
import type { Choice } from './status.ts'
import type { DowntimeForecast, StepPreview } from './previews.ts'

const MOST_TIMES = 3

/**
 * Asks whether a phase may begin, and looks again once somebody approves: only what was approved is done. Where the
 * hosts have changed in between, the gate opens anew with what changed, three times at most; then people say what next.
 */
export async function settleGate(
  phase: ResolvedPhase,
  gate: ResolvedGate,
  run: Dependencies & { readonly plan: ResolvedPlan },
): Promise<Choice> {
  const { ref, plan, progress } = run
  const look = (summary: string) =>
    previewSteps(summary, { ref, plan, phases: [phase], outputs: progress.outputs(phase.steps) })
  for (;;) {
    let shown = await look(`look at what ${phase.phase} would change`)
    let since: readonly string[] = []
    for (let asked = 1; asked <= MOST_TIMES; asked++) {
      const forecast = forecastOf(phase, shown.steps, run)
      const choice = await askAtGate(phase, gate, { ...run, shown, since, ...(forecast ? { forecast } : {}) })
      if (choice !== 'approve') return choice
      const now = await look(`is it still what was approved for ${phase.phase}?`)
      if (now.digest === shown.digest) {
        progress.approve(shown.steps)
        return 'approve'
      }
      since = driftLines(driftOfSteps(shown.steps, now.steps))
      shown = now
    }
    const choice = await askAboutUnsettled(phase, { ...run, since, times: MOST_TIMES })
    if (choice !== 'retry') return choice === 'rollback' ? 'reject' : choice
  }
}

function forecastOf(
  phase: ResolvedPhase,
  shown: readonly StepPreview[],
  { plan, progress, display }: Dependencies & { readonly plan: ResolvedPlan },
): DowntimeForecast | undefined {
  const steps = new Map(plan.phases.flatMap((one) => one.steps.map((step) => [step.step, step])))
  const about = { shown, measured: progress.evidence(), stepOf: (step: string) => steps.get(step) }
  const forecast = forecastDowntime(plan.downtime, phase, about)
  if (forecast && plan.downtime) display.downtime({ ...plan.downtime, forecastSeconds: forecast.seconds })
  return forecast
}
