import { clearInWords } from '../../workflows/clear-in-words.ts'
import { downtimeInWords } from '../../workflows/downtime.ts'
import { meaningOf } from '../../workflows/run-states.ts'
import { countOf } from '../../steps/format.ts'
import { errorPages } from '../explanations/errors.ts'
import { lapsedLines, visitorsOf, whyItEnded } from '../run/how-it-ended.ts'
import { hasBegun, hasFailed, isUntouched, wasDone } from '../run/phases.ts'
import { rollbackOf, stateOf } from '../run/snapshot.ts'
import type { PhaseSnapshot, StepSnapshot, RunSnapshot } from '../run/snapshot.ts'
import { whatServes } from '../run/what-serves.ts'
import { columns, firstLine } from './columns.ts'
import { plainLines } from '../../workflows/text.ts'
import { leftoverLines, rollbackLines, undoneLine } from './rollback-lines.ts'
import { between, dateAndClock } from './time.ts'

/** How a run ended: its steps, or those of its rollback; the outcome, what is left, and the commands to type next. */
export function reportLines(snapshot: RunSnapshot, now: Date): string[] {
  const rollback = rollbackOf(snapshot)
  const steps = rollback
    ? [...rollbackLines(rollback, now), '']
    : snapshot.phases.filter(hasBegun).flatMap(phaseLines)
  return [...steps, ...outcomeLines(snapshot)]
}

/** A phase with its steps: state, id, strength of the evidence, and what was observed. */
export function phaseLines(phase: PhaseSnapshot): string[] {
  const { phase: id, title, state, startedAt, endedAt, steps, clear } = phase
  const time = startedAt !== undefined && endedAt !== undefined ? `, ${between(startedAt, endedAt)}` : ''
  return [
    `${title} (${id}): ${state}${time}`,
    ...columns(
      steps.map((step) => [step.step, stateOfStep(step), summaryOf(step)]),
      '  ',
    ),
    ...(clear ? [`  ${clearInWords(clear)}`] : []),
    '',
  ]
}

/** The end of a report: what happened, what is left of it, the next command. */
export function outcomeLines(snapshot: RunSnapshot): string[] {
  const { status } = snapshot
  const rollback = rollbackOf(snapshot)
  const down = rollback ? undefined : downtimeInWords(status.downtime)
  const visitors = visitorsOf(snapshot)
  return [
    ...failedSteps(snapshot),
    ...headlines(snapshot),
    ...lapsedLines(snapshot).map((line) => `  ${line}`),
    ...(down === undefined ? [] : [`  ${down}`]),
    ...(visitors === undefined ? [] : plainLines([visitors]).map((line) => `  ${line}`)),
    ...(rollback ? [undoneLine(rollback)] : []),
    ...leftoverLines((rollback ?? snapshot).status.leftovers),
    ...columns(whatServes(snapshot), '  '),
    ...nextLines(snapshot),
  ]
}

/** The run's present state, how long it took, and why; then what the state means where it is no success. */
function headlines(snapshot: RunSnapshot): string[] {
  const { status } = snapshot
  const state = stateOf(snapshot)
  const { exit, means } = meaningOf(state)
  const { startedAt, endedAt } = rollbackOf(snapshot) ?? snapshot
  const time = endedAt === undefined ? '' : between(startedAt, endedAt)
  if (exit === 'done' || exit === 'notProven') return [doneLine(snapshot, time)]
  const why = whyItEnded(snapshot, dateAndClock)
  const end =
    state === 'terminated'
      ? `${status.run} ${why}, after ${time}`
      : `${status.run} ${state}${time === '' ? '' : ` in ${time}`}${why === undefined ? '' : `: ${why}`}`
  // A refusal's own message ends so.
  if (exit === 'refusal') return end.split('\n')
  const meant = isUntouched(snapshot) ? 'Nothing was changed.' : means
  return [firstLine(end), `  ${meant}`]
}

function nextLines(snapshot: RunSnapshot): string[] {
  const cause = snapshot.failure?.cause ?? snapshot.failure?.type
  const { exit } = meaningOf(stateOf(snapshot))
  // Without a change the same run would be refused again.
  const fix = exit === 'refusal' ? errorPages.find(({ id }) => id === cause)?.fix : undefined
  return [
    ...(fix === undefined ? [] : [`  first: ${fix}`]),
    ...nextCommands(snapshot).map((command) => `  next: ${command}`),
  ]
}

/** The commands to type now. */
export function nextCommands(snapshot: RunSnapshot): string[] {
  const { status, failure } = snapshot
  const { run, plan } = status
  const { isOpen, changes, exit } = meaningOf(stateOf(snapshot))
  if (isOpen) return [`reinstate status ${run} --follow`]
  if (changes === 'undone') return [`reinstate show ${run}`, `reinstate logs ${run}`]
  if (exit === 'done') return [`reinstate show ${run}`]
  if (!isUntouched(snapshot)) return [`reinstate rollback ${run}`, `reinstate show ${run}`]
  const name = plan || 'PLAN'
  return [
    failure?.cause === 'PreviewDrifted' ? `reinstate preview ${name} --save FILE` : `reinstate run ${name}`,
  ]
}

function doneLine(snapshot: RunSnapshot, time: string): string {
  const { status, phases } = snapshot
  const steps = phases.flatMap((phase) => phase.steps)
  const proven = steps.filter(({ evidence }) => evidence?.strength === 'proven').length
  const passed = steps.filter(isPassedOver)
  const unproven =
    passed.length === 0 ? '' : `; passed over, not proven: ${passed.map(({ step }) => step).join(', ')}`
  return `${status.run} ${stateOf(snapshot)} in ${time}: ${countOf(steps.length, 'step')}, ${proven} proven by a sum${unproven}`
}

/** Whether people passed over a step's proof. */
export function isPassedOver({ state }: { readonly state: string }): boolean {
  return state === 'skipped' || state === 'marked-done'
}

function failedSteps({ phases }: RunSnapshot): string[] {
  return phases.flatMap(({ phase, steps }) =>
    steps
      .filter(({ state }) => state === 'failed')
      .map(
        ({ step, failure }) =>
          `phase ${phase} failed at step ${step}: ${firstLine(failure ?? 'no reason was given')}`,
      ),
  )
}

function stateOfStep({ state, evidence, attempt }: StepSnapshot): string {
  const again = attempt > 1 ? `, attempt ${attempt}` : ''
  const cleared = state === 'cleared' ? ', cleared' : ''
  return `${wasDone({ state }) ? (evidence?.strength ?? 'done') : state}${cleared}${again}`
}

function summaryOf({ title, state, evidence, nothingToDo, failure }: StepSnapshot): string {
  if (hasFailed({ state })) return firstLine(failure ?? title)
  const summary = evidence && state !== 'undone' ? firstLine(evidence.summary) : title
  return nothingToDo === undefined ? summary : `${summary} (nothing to do: ${nothingToDo})`
}
