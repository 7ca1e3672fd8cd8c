import { downtimeInWords } from '../../workflows/downtime.ts'
import { countOf } from '../../steps/format.ts'
import { stateOf } from '../run/snapshot.ts'
import type { Failure, PhaseSnapshot, RollbackSnapshot, StepSnapshot, RunSnapshot } from '../run/snapshot.ts'
import { columns, firstLine } from './columns.ts'
import { between } from './time.ts'

/** How a run ended: what was done with its evidence, then the outcome, what is left, and what to type next. */
export function reportLines(snapshot: RunSnapshot): string[] {
  const { phases } = snapshot
  return [...phases.filter(hasBegun).flatMap(phaseLines), ...outcomeLines(snapshot)]
}

/** A phase with its steps: state, id, strength of the proof, and what was seen. */
export function phaseLines(phase: PhaseSnapshot): string[] {
  const { phase: id, title, state, startedAt, endedAt, steps } = phase
  const time = startedAt !== undefined && endedAt !== undefined ? `, ${between(startedAt, endedAt)}` : ''
  return [
    `${title} (${id}): ${state}${time}`,
    ...columns(
      steps.map((step) => [step.step, stepWord(step), seenOf(step)]),
      '  ',
    ),
    '',
  ]
}

/** The end of a report, shaped as every failure is: what happened, what was undone and left, the next command. */
export function outcomeLines(snapshot: RunSnapshot): string[] {
  const { status, startedAt, endedAt, rollbacks, failure } = snapshot
  const state = stateOf(snapshot)
  const time = endedAt === undefined ? '' : ` in ${between(startedAt, endedAt)}`
  const down = downtimeInWords(status.downtime)
  if (state === 'done')
    return [
      doneLine(snapshot, time),
      ...(down === undefined ? [] : [`  ${down}`]),
      ...leftoverLines(status.leftovers),
    ]
  const last = rollbacks.at(-1)
  const failed = failedSteps(snapshot)
  const said = failed.length > 0 || failure === undefined ? '' : `: ${endText(failure, snapshot)}`
  return [
    ...failed,
    `${status.run} ${state}${time}${said}`,
    ...(last ? rollbackLines(last) : []),
    ...nextCommands(snapshot).map((command) => `  next: ${command}`),
  ]
}

/** Temporal's own words for a cancelled or terminated run say nothing of what was left. */
function endText({ type, message }: Failure, { phases }: RunSnapshot): string {
  const done = phases.some(hasBegun) ? 'what was done stays' : 'nothing was changed'
  if (type === 'CancelledFailure') return `cancelled; ${done}`
  if (type === 'TerminatedFailure') return `terminated; ${done}`
  return message
}

/** What can be typed now that the run is over. */
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

function doneLine({ status, phases }: RunSnapshot, time: string): string {
  const steps = phases.flatMap((phase) => phase.steps)
  const proven = steps.filter(({ evidence }) => evidence?.strength === 'proven').length
  const skipped = steps.filter(({ state }) => state === 'skipped')
  const unproven =
    skipped.length === 0 ? '' : `; passed over, unproven: ${skipped.map(({ step }) => step).join(', ')}`
  return `${status.run} done${time}: ${countOf(steps.length, 'step')}, ${proven} proven by a sum${unproven}`
}

function failedSteps({ phases }: RunSnapshot): string[] {
  return phases.flatMap(({ phase, steps }) =>
    steps
      .filter(({ state }) => state === 'failed')
      .map(
        ({ step, failure }) =>
          `phase ${phase} failed at step ${step}: ${firstLine(failure ?? 'it did not say why')}`,
      ),
  )
}

function rollbackLines({ status, undone, failure, endedAt }: RollbackSnapshot): string[] {
  const all = status.phases.flatMap(({ steps }) => steps.map(({ step }) => step))
  if (endedAt === undefined) return [`  rolling back: ${countOf(all.length, 'step')}`]
  const left = status.leftovers
  if (failure) return [`  ${failure.message}`, ...leftoverLines(left)]
  return [
    `  undone: ${undone.join(', ') || 'nothing, for nothing was changed'}     left behind: ${left.length === 0 ? 'nothing' : countOf(left.length, 'thing')}`,
    ...leftoverLines(left),
  ]
}

function leftoverLines(leftovers: RunSnapshot['status']['leftovers']): string[] {
  return leftovers.map(({ what, why }) => `  left behind: ${what}: ${why}`)
}

function stepWord({ state, evidence, attempt }: StepSnapshot): string {
  const again = attempt > 1 ? `, attempt ${attempt}` : ''
  return `${state === 'done' ? (evidence?.strength ?? 'done') : state}${again}`
}

function seenOf({ title, state, evidence, nothingToDo, failure }: StepSnapshot): string {
  if (state === 'failed') return firstLine(failure ?? title)
  const said = evidence && state !== 'undone' ? firstLine(evidence.summary) : title
  return nothingToDo === undefined ? said : `${said} (nothing to do: ${nothingToDo})`
}

function hasBegun({ state }: PhaseSnapshot): boolean {
  return state !== 'waiting' && state !== 'not-run' && state !== 'gate'
}
