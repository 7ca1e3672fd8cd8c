import type { ReportedPhase, ReportedStep, Unproven } from './report.ts'

/** What nobody compared with its source: passed over, only stated, only observed. What was not done or undone is no proof of anything. */
export function unprovenIn(phases: readonly ReportedPhase[]): readonly Unproven[] {
  const steps = phases.flatMap((phase) => phase.steps)
  const done = steps.filter(({ state }) => state === 'done')
  const observed = done.filter(({ strength }) => strength === 'observed')
  return [
    ...steps
      .filter(({ state }) => state === 'skipped')
      .map((step) => ({ what: nameOf(step), why: `passed over by a person: ${step.title}` })),
    ...done
      .filter(({ strength }) => strength === 'stated' || strength === undefined)
      .map((step) => ({ what: nameOf(step), why: `somebody's word: ${step.said}` })),
    ...(observed.length === 0
      ? []
      : [
          {
            what: observed.map(nameOf).join(', '),
            why: 'observed: looked at and found as expected, not compared with a sum',
          },
        ]),
  ]
}

function nameOf({ step }: ReportedStep): string {
  return step
}
