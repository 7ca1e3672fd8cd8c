import type { StepPreview } from '../../workflows/messages.ts'
import { counted } from './columns.ts'

/** What a run would do, step by step; ends with what stands in its way. */
export function previewLines(steps: readonly StepPreview[]): string[] {
  const phases = [...new Set(steps.map(({ phase }) => phase))]
  return [
    ...phases.flatMap((phase) => [
      phase,
      ...steps
        .filter((step) => step.phase === phase)
        .flatMap((step) => stepLines(step).map((line) => `  ${line}`)),
      '',
    ]),
    summaryLine(steps),
  ]
}

function stepLines({
  step,
  title,
  host,
  changes,
  later,
  nothingToDo,
  refused,
  cannotUndo,
}: StepPreview): string[] {
  return [
    `${step}: ${title} (on ${host})`,
    ...changes.map((line) => `  ${line}`),
    ...(later === undefined ? [] : [`  known later: ${later}`]),
    ...(nothingToDo === undefined ? [] : [`  nothing to do: ${nothingToDo}`]),
    ...(refused === undefined ? [] : [`  would be refused: ${refused}`]),
    ...(cannotUndo === undefined ? [] : [`  cannot be undone: ${cannotUndo}`]),
  ]
}

function summaryLine(steps: readonly StepPreview[]): string {
  const changing = steps.filter(({ changes }) => changes.length > 0).length
  const later = steps.filter(({ later: waits }) => waits !== undefined).length
  const refused = steps.filter(({ refused: why }) => why !== undefined).length
  const parts = [
    `${counted(changing, 'step')} of ${steps.length} would change something now`,
    ...(later > 0 ? [`${later} known later`] : []),
    ...(refused > 0 ? [`${refused} would be refused`] : []),
  ]
  return `${parts.join(', ')}; nothing was changed`
}
