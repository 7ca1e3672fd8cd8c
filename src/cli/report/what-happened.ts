import { countOf } from '../../steps/format.ts'
import { firstLine } from '../rendering/columns.ts'
import { between, utc } from '../rendering/time.ts'
import { onHost } from '../../workflows/messages.ts'
import { meaningOf } from '../../workflows/run-states.ts'
import { byAndWhy, lapsedLines, visitorsOf, whyItEnded } from '../run/how-it-ended.ts'
import { isUntouched, wasDone } from '../run/phases.ts'
import { plainLines } from '../../workflows/text.ts'
import { isPassedOver } from '../rendering/outcome-lines.ts'
import { answerIn, openDecisions, stateOf } from '../run/snapshot.ts'
import type { PhaseSnapshot, StepSnapshot, RunSnapshot } from '../run/snapshot.ts'

/** Summarises a run in a few sentences. */
export function whatHappened(snapshot: RunSnapshot, now: Date): string {
  return [
    beginning(snapshot),
    ...failures(snapshot),
    ...decided(snapshot),
    ...rolledBack(snapshot),
    ...ending(snapshot, now),
  ].join(' ')
}

function beginning({ status, startedAt, phases }: RunSnapshot): string {
  const by = status.by === undefined ? '' : ` by ${status.by}`
  const steps = phases.flatMap((phase) => phase.steps)
  const size =
    steps.length === 0
      ? ''
      : ` It has ${countOf(steps.length, 'step')} in ${countOf(phases.length, 'phase')}.`
  return `The run was started${by} on ${utc(startedAt)}.${size}`
}

function failures({ phases, rollbacks }: RunSnapshot): string[] {
  return phases.flatMap(({ title, steps }) =>
    steps
      .filter(({ state }) => state === 'failed')
      .map(({ step, host, failure, endedAt }) => {
        const when = endedAt === undefined ? '' : ` at ${utc(endedAt)}`
        const why = `In “${title}”, step ${step}${onHost(host)} failed${when}: ${sentence(failure ?? 'no reason given')}`
        return rollbacks.length > 0 ? why : `${why} Nothing after it was started.`
      }),
  )
}

function decided({ status }: RunSnapshot): string[] {
  const taken = status.answers.filter((answer) => answer.taken)
  const ignored = status.answers.length - taken.length + (status.ignoredMore ?? 0)
  const people = [...new Set(taken.map(({ answer }) => answerIn(answer).by ?? 'nobody'))]
  return [
    ...(taken.length === 0
      ? []
      : [
          `${countOf(taken.length, 'decision')} ${taken.length === 1 ? 'was' : 'were'} taken, by ${people.join(', ')}.`,
        ]),
    ...(ignored === 0 ? [] : [`${countOf(ignored, 'answer')} did not match and changed nothing.`]),
  ]
}

function rolledBack({ rollbacks }: RunSnapshot): string[] {
  return rollbacks.map(({ steps, closedAs, failure, endedAt, startedAt, status, terminated }) => {
    if (endedAt === undefined) return `The rollback has been running since ${utc(startedAt)}.`
    const left =
      status.leftovers.length === 0
        ? 'There are no leftovers.'
        : `${countOf(status.leftovers.length, 'thing')} left behind, listed below.`
    if (terminated) return `The rollback was terminated at ${utc(endedAt)}${byAndWhy(terminated)}.`
    if (closedAs !== 'COMPLETED')
      return `The rollback is incomplete: ${sentence(firstLine(failure?.message ?? 'no reason was given'))}`
    const undone = steps.filter(({ state }) => state === 'undone').length
    const what =
      undone === 0
        ? `There was nothing to undo`
        : `It was rolled back${status.by === undefined ? '' : ` by ${status.by}`}: ${countOf(undone, 'step')} undone, newest first`
    return `${what}, in ${between(startedAt, endedAt)}. ${left}`
  })
}

function ending(snapshot: RunSnapshot, now: Date): string[] {
  const { startedAt, endedAt, phases, rollbacks } = snapshot
  const visitors = plainLines([visitorsOf(snapshot) ?? '']).filter((line) => line !== '')
  const [open] = openDecisions(snapshot)
  if (open)
    return [
      `It has been waiting for a decision since ${utc(open.decision.since)} (${between(open.decision.since, now)}): ${open.decision.title}.`,
      ...visitors,
    ]
  const steps = phases.flatMap((phase) => phase.steps)
  const { isOpen, exit, changes } = meaningOf(stateOf(snapshot))
  if (isOpen) return [...(rollbacks.length > 0 ? [] : [goesOn(steps, phases)]), ...visitors]
  const lapsed = lapsedLines(snapshot).map(sentence)
  if (changes === 'undone') return visitors
  if (exit === 'done' || exit === 'notProven') {
    const took = endedAt === undefined ? '' : ` after ${between(startedAt, endedAt)}`
    const how = exit === 'done' ? 'It succeeded' : 'It ended without all of its proofs'
    return [`${how}${took}: ${proofs(steps)}.`]
  }
  return [ended(snapshot), ...lapsed, ...visitors]
}

function ended(snapshot: RunSnapshot): string {
  const kept = isUntouched(snapshot) ? 'Nothing was changed.' : meaningOf(stateOf(snapshot)).means
  const why = firstLine(whyItEnded(snapshot, utc) ?? '')
  return `${why === '' ? 'It ended.' : sentence(`It ended: ${why}`)} ${kept}`
}

function goesOn(steps: readonly StepSnapshot[], phases: readonly PhaseSnapshot[]): string {
  const done = steps.filter(wasDone).length
  const running = phases.filter(({ state }) => state === 'running').map(({ title }) => `“${title}”`)
  const where = running.length === 0 ? '' : ` It is in ${running.join(' and ')}.`
  return `${done} of ${steps.length} steps are done.${where}`
}

function proofs(steps: readonly StepSnapshot[]): string {
  const of = (strength: string) =>
    steps.filter((step) => wasDone(step) && step.evidence?.strength === strength).length
  const passed = steps.filter(isPassedOver).length
  return [
    `${of('proven')} steps proven by checksum`,
    `${of('observed')} observed`,
    ...(of('stated') > 0 ? [`${of('stated')} stated by a person`] : []),
    ...(passed > 0 ? [`${passed} passed over by people`] : []),
  ].join(', ')
}

function sentence(text: string): string {
  const line = firstLine(text).trim()
  return /[.!?]$/.test(line) ? line : `${line}.`
}
