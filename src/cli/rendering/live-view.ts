import { openDecisions, stateOf } from '../story.ts'
import type { PhaseStory, StepStory, Story } from '../story.ts'
import { columns, firstLine } from './columns.ts'
import { progressText } from './progress.ts'
import { between } from './time.ts'

const WORKING = ['looking', 'running', 'verifying']

/** A run as it stands now: a line to a phase, and one to each step that works, failed or comes next in a phase that runs. */
export function liveLines(story: Story, now: Date): string[] {
  const { status, startedAt, endedAt, phases, rollBacks } = story
  const decisions = openDecisions(story).map(({ decision }) => `  waits for a decision: ${decision.title}`)
  const waitsFor = decisions.length === 0 && status.waitsFor ? `: ${firstLine(status.waitsFor)}` : ''
  return [
    `${status.run}  ${stateOf(story)}${waitsFor}  ${between(startedAt, endedAt ?? now)}`,
    ...columns(
      phases.flatMap((phase) => phaseRows(phase, now)),
      '  ',
    ),
    ...rollBacks
      .slice(-1)
      .flatMap(({ status: undoing }) => [
        `  rolling back: ${undoing.phases.filter(({ state }) => state === 'undone').length} of ${undoing.phases.length} phases undone`,
        ...undoing.leftovers.map(({ what, why }) => `    left behind: ${what}: ${why}`),
      ]),
    ...decisions,
  ]
}

function phaseRows(phase: PhaseStory, now: Date): string[][] {
  const { state, steps, startedAt, endedAt } = phase
  const past = steps.filter(({ state: of }) => of === 'done' || of === 'skipped').length
  const time = startedAt === undefined ? '' : between(startedAt, endedAt ?? now)
  const own = [state, phase.phase, `${past} of ${steps.length} steps`, time]
  if (state !== 'running' && state !== 'failed') return [own]
  return [own, ...steps.filter(isWorthALine).map((step) => stepRow(step, now))]
}

function isWorthALine({ state }: StepStory): boolean {
  return WORKING.includes(state) || state === 'failed'
}

function stepRow(
  { state, step, title, startedAt, beat, failure, generation }: StepStory,
  now: Date,
): string[] {
  const again = generation > 1 ? ` (try ${generation})` : ''
  const about = state === 'failed' ? firstLine(failure ?? title) : progressText(beat, now) || title
  return [`  ${state}`, `  ${step}${again}`, about, startedAt === undefined ? '' : between(startedAt, now)]
}
