import type { PhaseRequest, PhaseResult, RollbackResult } from '../../workflows/messages.ts'
import type { Decision, RecordedAnswer } from '../../workflows/status.ts'
import { between } from '../rendering/time.ts'
import { ours, runEvent } from './events.ts'
import type { RunEvent, Untimed } from './events.ts'
import { byAndWhy } from './how-it-ended.ts'
import { terminationOf } from './lifetime.ts'
import { questionsIn } from './memo.ts'
import { firstValue, isObject, isoTimeOf, saidBy, summaryOf, valueIn } from './payloads.ts'
import type { Event, PendingActivity } from './payloads.ts'
import { from, sentAnswers } from './sent-answers.ts'
import { answerIn } from './snapshot.ts'
import { stepEvents, stepOfPhase } from './step-events.ts'

/** Turns the history of one workflow into events, piece by piece: an event refers to earlier ones. */
export interface WorkflowEvents {
  /** The run events for these history events. */
  readonly of: (events: readonly Event[]) => readonly RunEvent[]
  /** New events of the running activities. */
  readonly now: (pending: readonly PendingActivity[]) => readonly RunEvent[]
  /** The phases and rollbacks that this workflow has started. */
  readonly children: () => readonly string[]
}

/** The workflows whose result is a RollbackResult. */
const UNDO: readonly string[] = ['rollback', 'rollbackRun', 'clearPhases']

/** The workflows that people answer. */
const ASKS: readonly string[] = ['runPlan', 'rollback', 'rollbackRun', 'clearPhases']

export function workflowEvents(): WorkflowEvents {
  const children: string[] = []
  const waits = new Set<string>()
  let [id, type] = ['', '']
  let phase: PhaseRequest | undefined
  let open: readonly Decision[] = []
  const answers = sentAnswers()
  const steps = stepEvents(() => phase)

  const started = (event: Event): Untimed => {
    const { workflowId, workflowType, input } = event.workflowExecutionStartedEventAttributes ?? {}
    id = workflowId ?? ''
    type = workflowType?.name ?? ''
    // Started by the run, with its own request.
    if (type === 'runPhase') phase = firstValue(input) as PhaseRequest
    const summary = summaryOf(event)
    return ours('started', summary === undefined ? id : `${id}: ${summary}`)
  }

  const decisions = (event: Event): readonly Untimed[] | undefined => {
    const fields = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields
    if (fields?.['decisions']) {
      const memo = { decisions: valueIn(fields['decisions']), answer: valueIn(fields['answer']) }
      const { decisions: openNow, answer } = questionsIn(memo)
      const before = open
      open = openNow
      if (answer) answers.took(answer.answer)
      // The log of the rollback has what the rollback asks.
      const own = open.filter(({ kind }) => type !== 'runPlan' || kind !== 'failed-undo')
      return [
        ...(answer ? [answered(answer, answers.senderOf(answer.answer))] : []),
        ...own.flatMap((question) => asked(question, before)),
      ]
    }
    const passedOn = event.signalExternalWorkflowExecutionInitiatedEventAttributes
    if (passedOn) answers.took(firstValue(passedOn.input))
    return ASKS.includes(type) ? answers.arrived(event, open) : undefined
  }

  /** Timers of a run or a rollback belong to questions, which the memo describes; timers of a phase are waits. */
  const waiting = (event: Event): readonly Untimed[] | undefined => {
    const summary = summaryOf(event)
    if (!event.timerStartedEventAttributes || type !== 'runPhase' || summary === undefined) return undefined
    // An attestation is waited for again and again.
    if (waits.has(summary)) return []
    waits.add(summary)
    return [ours('waiting', summary)]
  }

  const ended = (event: Event): readonly Untimed[] => {
    const completed = event.workflowExecutionCompletedEventAttributes
    if (completed) {
      const left = UNDO.includes(type) ? (firstValue(completed.result) as RollbackResult).leftovers : []
      return [
        ...left.map(({ what, why }) => ours('waiting', `left behind: ${what}: ${why}`)),
        ours('done', `${id} is done`),
      ]
    }
    if (event.workflowExecutionCanceledEventAttributes) return [ours('cancelled', `${id} was cancelled`)]
    if (event.workflowExecutionCancelRequestedEventAttributes)
      return [ours('cancelled', `${id}: cancel requested`)]
    const terminated = event.workflowExecutionTerminatedEventAttributes
    if (terminated) return [ours('failed', `${id} was TERMINATED${byAndWhy(terminationOf(terminated))}`)]
    if (event.workflowExecutionTimedOutEventAttributes) return [ours('failed', `${id} timed out`)]
    const failure = event.workflowExecutionFailedEventAttributes?.failure
    return failure ? [ours('failed', `${id}: ${saidBy(failure)}`)] : []
  }

  /** Wait steps have no activity: they end with their phase at the latest. */
  const waitedOut = (event: Event): readonly RunEvent[] => {
    if (!phase) return []
    const details = event.workflowExecutionFailedEventAttributes?.failure?.applicationFailureInfo?.details
    const result = firstValue(event.workflowExecutionCompletedEventAttributes?.result) ?? firstValue(details)
    if (!isObject(result) || !Array.isArray(result['done'])) return []
    // The result of runPhase, or the detail of its failure.
    const { done } = result as unknown as PhaseResult
    return done.flatMap(({ step, evidence, took }) => {
      const { by, name, isWait } = stepOfPhase(phase, step)
      if (!isWait || !evidence || !took) return []
      const message = `${name}: done in ${between(took.startedAt, took.endedAt)}: ${evidence.strength}: ${evidence.summary}`
      return [runEvent(took.endedAt, { ...by, event: 'verified', message })]
    })
  }

  const toRunEvents = (event: Event): readonly Untimed[] => {
    if (event.workflowExecutionStartedEventAttributes) return [started(event)]
    const child = event.childWorkflowExecutionStartedEventAttributes
    if (child) {
      const childId = child.workflowExecution?.workflowId
      if (childId && child.workflowType?.name !== 'holdLock') children.push(childId)
      return []
    }
    return steps.of(event) ?? decisions(event) ?? waiting(event) ?? ended(event)
  }

  return {
    children: () => children,
    of: (events) =>
      events.flatMap((event) => [
        ...answers.ignoredBy(event),
        ...waitedOut(event),
        ...toRunEvents(event).map((one) => runEvent(isoTimeOf(event), one)),
      ]),
    now: (pending) => [...answers.ignored(), ...steps.now(pending)],
  }
}

/** A new question, or one that is asked again. */
function asked(question: Decision, before: readonly Decision[]): readonly Untimed[] {
  const { decision, title, choices, timesAsked, phase, step } = question
  const known = before.find((one) => one.decision === decision)
  if (known?.timesAsked === timesAsked) return []
  const about = { role: 'reinstate', decision, phase, ...(step === undefined ? {} : { step }) }
  const expired = `${decision}: nobody answered in time; it is asked again`
  return [
    ...(known ? [{ ...about, event: 'expired' as const, message: expired }] : []),
    {
      ...about,
      event: 'asked',
      message: `waits for a decision: ${title} ${decision}: ${choices.map(({ choice }) => choice).join(', ')}`,
    },
  ]
}

/** An accepted answer; a timeout is one. */
function answered(
  { answer, via, asked: question, key, counts }: RecordedAnswer,
  identity: string | undefined,
): Untimed {
  const { decision = '', choice, by = 'unknown', reason } = answerIn(answer)
  const about = { decision, ...(question ? { phase: question.phase } : {}) }
  if (via === 'timeout') {
    const message = `${decision}: nobody answered in time: ${choice}`
    return { ...about, role: 'reinstate', event: 'expired', message }
  }
  const why = reason === undefined ? '' : `: ${reason}`
  const place = counts === undefined ? '' : `, ${counts.have} of ${counts.of}`
  const signed = key === undefined ? '' : `, key ${key}`
  const message = `${decision}: ${choice}${place} (${via}${from(identity)}${signed})${why}`
  return { ...about, role: by, event: 'decided', message, ...(identity === undefined ? {} : { identity }) }
}
