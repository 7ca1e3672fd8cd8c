import type { ReportedPhase, ReportedStep, RowState, SourceRow } from './report.ts'

/** From best to worst. */
const STATES: readonly RowState[] = [
  ...(['done', 'verifying', 'running', 'looking', 'waiting', 'not run'] as const),
  ...(['skipped', 'undone', 'failed'] as const),
]

/** The rows of the source document, in the plan's order, each with the steps that stand for it; none where no step names one. */
export function sourceRows(phases: readonly ReportedPhase[]): readonly SourceRow[] {
  const rows = new Map<string, ReportedStep[]>()
  for (const step of phases.flatMap(({ steps }) => steps)) {
    if (step.source === undefined) continue
    rows.set(step.source, [...(rows.get(step.source) ?? []), step])
  }
  return [...rows].map(([source, steps]) => ({
    source,
    steps,
    state: worst(steps),
    roles: unique(steps.map(({ role }) => role)),
    criteria: unique(steps.map(({ success }) => success)),
  }))
}

function worst(steps: readonly ReportedStep[]): RowState {
  const last = Math.max(...steps.map(({ state }) => STATES.indexOf(state)))
  return STATES[last] ?? 'waiting'
}

function unique(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined))]
}
