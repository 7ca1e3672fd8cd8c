import { downtimeInWords } from '../../workflows/downtime.ts'
import { countOf } from '../../steps/format.ts'
import { stateOf } from '../run/snapshot.ts'
import type { Failure, PhaseSnapshot, RollbackSnapshot, StepSnapshot, RunSnapshot } from '../run/snapshot.ts'
import { columns, firstLine } from './columns.ts'
import { between } from './time.ts'

/** How a run ended: its steps with their evidence, the outcome, what is left, and the commands to type next. */
export function reportLines(snapshot: RunSnapshot): string[] {
  const { phases } = snapshot
  return [...phases.filter(hasBegun).flatMap(phaseLines), ...outcomeLines(snapshot)]
}

/** A phase with its steps: state, id, strength of the evidence, and what was observed. */
export function phaseLines(phase: PhaseSnapshot): string[] {
  const { phase: id, title, state, startedAt, endedAt, steps } = phase
  const time = startedAt !== undefined && endedAt !== undefined ? `, ${between(startedAt, endedAt)}` : ''
  return [
    `${title} (${id}): ${state}${time}`,
    ...columns(
      steps.map((step) => [step.step, stateOfStep(step), summaryOf(step)]),
      '  ',
    ),
    '',
  ]
}

/** The end of a report: what happened, what was undone and left behind, the next command. */
export function outcomeLines(snapshot: RunSnapshot): string[] {
  const { status, startedAt, endedAt, rollbacks, failure } = snapshot
  const state = stateOf(snapshot)
  const time = endedAt === undefined ? '' : ` in ${between(startedAt, endedAt)}`
  const down = downtimeInWords(status.downtime)
  if (state === 'done' || state === 'done-not-proven')
    return [
      doneLine(snapshot, time),
      ...(down === undefined ? [] : [`  ${down}`]),
      ...leftoverLines(status.leftovers),
      ...(state === 'done' ? [] : nextCommands(snapshot).map((command) => `  next: ${command}`)),
    ]
  const last = rollbacks.at(-1)
  const failed = failedSteps(snapshot)
  const why = failed.length > 0 || failure === undefined ? '' : `: ${endText(failure, snapshot)}`
  return [
    ...failed,
    `${status.run} ${state}${time}${why}`,
    ...(last ? rollbackLines(last) : []),
    ...nextCommands(snapshot).map((command) => `  next: ${command}`),
  ]
}

/** Temporal's own message for a cancelled or terminated run does not say what was left. */
function endText({ type, message }: Failure, { phases }: RunSnapshot): string {
  const done = phases.some(hasBegun) ? 'what was done stays' : 'nothing was changed'
  if (type === 'CancelledFailure') return `cancelled; ${done}`
  if (type === 'TerminatedFailure') return `terminated; ${done}`
  return message
}

/** The commands to type now that the run is over. */
export function nextCommands(snapshot: RunSnapshot): string[] {
  const { run, plan } = snapshot.status
  const again =
    snapshot.failure?.cause === 'PreviewDrifted'
      ? `reinstate preview ${plan || 'PLAN'} --save FILE`
      : `reinstate run ${plan || 'PLAN'}`
  if (stateOf(snapshot) !== 'done' && !snapshot.phases.some(hasBegun)) return [again]
  switch (stateOf(snapshot)) {
    case 'done':
      return [`reinstate show ${run}`]
    case 'rolled-back':
      return [`reinstate show ${run}`, `reinstate logs ${run}`]
    default:
      return [`reinstate show ${run}`, `reinstate rollback ${run}`]
  }
}

function doneLine(snapshot: RunSnapshot, time: string): string {
  const { status, phases } = snapshot
  const steps = phases.flatMap((phase) => phase.steps)
  const proven = steps.filter(({ evidence }) => evidence?.strength === 'proven').length
  const skipped = steps.filter(({ state }) => state === 'skipped')
  const unproven =
    skipped.length === 0 ? '' : `; passed over, not proven: ${skipped.map(({ step }) => step).join(', ')}`
  return `${status.run} ${stateOf(snapshot)}${time}: ${countOf(steps.length, 'step')}, ${proven} proven by a sum${unproven}`
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

function rollbackLines({ status, undone, failure, endedAt }: RollbackSnapshot): string[] {
  const all = status.phases.flatMap(({ steps }) => steps.map(({ step }) => step))
  if (endedAt === undefined) return [`  rolling back: ${countOf(all.length, 'step')}`]
  const left = status.leftovers
  if (failure) return [`  ${failure.message}`, ...leftoverLines(left)]
  return [
    `  undone: ${undone.join(', ') || 'nothing, as nothing was changed'}     left behind: ${left.length === 0 ? 'nothing' : countOf(left.length, 'thing')}`,
    ...leftoverLines(left),
  ]
}

function leftoverLines(leftovers: RunSnapshot['status']['leftovers']): string[] {
  return leftovers.map(({ what, why }) => `  left behind: ${what}: ${why}`)
}

function stateOfStep({ state, evidence, attempt }: StepSnapshot): string {
  const again = attempt > 1 ? `, attempt ${attempt}` : ''
  return `${state === 'done' ? (evidence?.strength ?? 'done') : state}${again}`
}

function summaryOf({ title, state, evidence, nothingToDo, failure }: StepSnapshot): string {
  if (state === 'failed') return firstLine(failure ?? title)
  const summary = evidence && state !== 'undone' ? firstLine(evidence.summary) : title
  return nothingToDo === undefined ? summary : `${summary} (nothing to do: ${nothingToDo})`
}

function hasBegun({ state }: PhaseSnapshot): boolean {
  return state !== 'waiting' && state !== 'not-run' && state !== 'gate'
}
