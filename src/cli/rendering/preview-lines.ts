import type { Preview, StepPreview } from '../../workflows/previews.ts'
import { forecastLines, inSeconds } from '../../workflows/downtime.ts'
import { blockedText, proofText } from '../../workflows/previews.ts'
import { countOf, formatBytes } from '../../steps/format.ts'
import { roughly, took } from './time.ts'

/** What a preview is called after, in place of a run. */
const PREVIEW = 'preview'

type Shown = Pick<Preview, 'steps' | 'phases' | 'seconds' | 'digest' | 'madeAt' | 'downtime'>

/** What a run would do: by phases, a line to each step with its changes below it; ends with the sum. */
export function previewLines(preview: Shown): string[] {
  const { steps, phases, madeAt } = preview
  return [
    ...phases.flatMap(({ phase, title, gated, seconds, clears = [] }) => [
      `${phase}: ${title}${gated ? ', behind a gate' : ''}; ${roughly(seconds)}`,
      ...steps
        .filter((step) => step.phase === phase)
        .flatMap((step) => stepLines(step, madeAt).map((line) => `  ${line}`)),
      ...(clears.length === 0 ? [] : [`  then the run undoes what it did in ${clears.join(', ')}`]),
      '',
    ]),
    ...downtimeLines(preview),
    ...summaryLines(preview),
  ]
}

function downtimeLines({ downtime }: Shown): readonly string[] {
  if (!downtime) return []
  const { from, to, seconds } = downtime
  return [
    `downtime of about ${inSeconds(seconds)}, from ${from} to ${to}:`,
    ...forecastLines(downtime).map((line) => `  ${line}`),
    '',
  ]
}

function stepLines(step: StepPreview, madeAt: string): string[] {
  const { changes, notes = [], blocked, waits, after, nothingToDo, refused, cannotUndo, backup, audit } = step
  return [
    `${step.step}: ${step.title}${step.host === '' ? '' : ` (on ${step.host})`}`,
    ...changes.map((line) => `  ${line}`),
    ...(blocked === undefined ? [] : [`  ${blockedText({ blocked, ...(after && { after }) })}`]),
    ...notes.map((line) => `    ${line}`),
    ...(waits === undefined ? [] : [`  ${waits}`]),
    ...(nothingToDo === undefined ? [] : [`  ${step.readsOnly ? '' : 'nothing to do: '}${nothingToDo}`]),
    ...(backup ? [`  its newest file is ${ageOf(backup.newestAt, madeAt)} old; ${gradeOf(step)}`] : []),
    ...(audit ? [`  audited now: ${audit.summary}`] : []),
    ...(refused === undefined ? [] : [`  would be refused: ${refused}`]),
    ...(cannotUndo === undefined ? [] : [`  cannot be undone: ${cannotUndo}`]),
  ]
}

function gradeOf({ backup, audit, refused }: StepPreview): string {
  if (audit) return `proof: ${audit.strength}`
  if (refused !== undefined) return 'damaged'
  return `${backup ? proofText(backup) : ''} (preview --audit does it now)`
}

function ageOf(newestAt: string, now: string): string {
  return took(Math.max(0, Date.parse(now) - Date.parse(newestAt)))
}

function summaryLines({ steps, phases, seconds, digest }: Shown): string[] {
  const count = (is: (step: StepPreview) => boolean) => steps.filter(is).length
  const parts: readonly (readonly [number, string])[] = [
    [count(({ changes }) => changes.length > 0), 'change something'],
    [count(({ readsOnly }) => readsOnly === true), 'only read'],
    [count(({ nothingToDo, readsOnly }) => nothingToDo !== undefined && !readsOnly), 'have nothing to do'],
    [count(({ blocked }) => blocked !== undefined), 'inspected later'],
    [count(({ refused }) => refused !== undefined), 'would be refused'],
  ]
  const named = steps.some((step) => JSON.stringify([step.title, step.changes]).includes(PREVIEW))
  const gates = phases.filter(({ gated }) => gated).length
  const copied = steps.reduce((sum, { copiesBytes = 0 }) => sum + copiesBytes, 0)
  const final = steps.filter(({ cannotUndo }) => cannotUndo !== undefined).map(({ step }) => step)
  return [
    [
      `${countOf(steps.length, 'step')}: ${parts
        .filter(([number]) => number > 0)
        .map(([number, what]) => `${number} ${what}`)
        .join(', ')}`,
      gates === 0 ? 'no gate' : countOf(gates, 'gate'),
      `${roughly(seconds)}${copied > 0 ? ` with ${formatBytes(copied)} to copy` : ''}`,
      `cannot be undone: ${final.join(', ') || 'nothing'}`,
    ].join('; '),
    'Times are estimates from typical rates, without waits for people, image pulls and steps that are inspected later.',
    ...(named ? [`In names, ${PREVIEW} stands for the run id.`] : []),
    `digest ${digest}; nothing was changed`,
  ]
}
