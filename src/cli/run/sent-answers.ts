import { objectionTo, readAnswer } from '../../workflows/answers.ts'
import type { Decision } from '../../workflows/status.ts'
import { runEvent } from './events.ts'
import type { RunEvent, Untimed } from './events.ts'
import { firstValue, isObject, isoTimeOf } from './payloads.ts'
import type { Event } from './payloads.ts'

/** Tells the signals that a run took from those that it ignored: the server accepts every one, and the run notes what it took. */
export interface SentAnswers {
  /** The events of a signal as it arrives. */
  readonly arrived: (event: Event, open: readonly Decision[]) => readonly Untimed[] | undefined
  /** Temporal's identity of the client that sent this answer first. */
  readonly senderOf: (answer: unknown) => string | undefined
  /** To be called for an answer that the run took, or passed on to its rollback. */
  readonly took: (answer: unknown) => void
  /** What the run had read and not accepted before this event. */
  readonly ignoredBy: (event: Event) => readonly RunEvent[]
  /** What it has read and not accepted so far. */
  readonly ignored: () => readonly RunEvent[]
}

interface Pending {
  readonly key: string
  readonly said: string
  readonly why: string
  /** When the run read it. */
  readAt?: string
}

export function sentAnswers(): SentAnswers {
  const senders = new Map<string, string>()
  let pending: Pending[] = []
  let startedBy: string | undefined

  const remember = (answer: unknown, identity: string | null | undefined) => {
    const key = answerKey(answer)
    if (identity && !senders.has(key)) senders.set(key, identity)
  }

  const flush = (isRead: (one: Pending) => boolean): readonly RunEvent[] => {
    const read = pending.filter(isRead)
    pending = pending.filter((one) => !isRead(one))
    return read.map(({ readAt = '', said, why }) =>
      runEvent(readAt, { role: 'reinstate', event: 'ignored', message: `ignored: ${said}: ${why}` }),
    )
  }

  return {
    arrived: (event, open) => {
      const { meta, input } = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest ?? {}
      if (input?.name === 'decide') remember(firstValue(input.args), meta?.identity)
      const signal = event.workflowExecutionSignaledEventAttributes
      if (!signal) return undefined
      const { signalName = '', identity } = signal
      const raw = firstValue(signal.input)
      const isDecide = signalName === 'decide'
      if (isDecide) remember(raw, identity)
      const { by, said } = isDecide
        ? saidIn(raw, identity)
        : { by: 'unknown', said: `a signal ${signalName}${from(identity)}` }
      const why = isDecide ? whyIgnored(raw, open, startedBy) : 'the signal for decisions is decide'
      pending.push({ key: isDecide ? answerKey(raw) : '', said, why })
      return isDecide ? [{ role: by, event: 'answered', message: said }] : []
    },
    senderOf: (answer) => senders.get(answerKey(answer)),
    took: (answer) => {
      const index = pending.findIndex(({ key }) => key !== '' && key === answerKey(answer))
      if (index >= 0) pending.splice(index, 1)
    },
    ignoredBy: (event) => {
      const input = firstValue(event.workflowExecutionStartedEventAttributes?.input)
      if (isObject(input) && typeof input['by'] === 'string') startedBy = input['by']
      if (event.workflowTaskCompletedEventAttributes)
        for (const one of pending) one.readAt ??= isoTimeOf(event)
      // What a workflow task leads to stands between its end and the next one.
      if (event.workflowTaskScheduledEventAttributes) return flush(({ readAt }) => readAt !== undefined)
      if (!isEnd(event)) return []
      for (const one of pending) one.readAt ??= isoTimeOf(event)
      return flush(() => true)
    },
    ignored: () => flush(({ readAt }) => readAt !== undefined),
  }
}

function isEnd(event: Event): boolean {
  return Boolean(
    event.workflowExecutionCompletedEventAttributes ??
    event.workflowExecutionFailedEventAttributes ??
    event.workflowExecutionCanceledEventAttributes ??
    event.workflowExecutionTerminatedEventAttributes ??
    event.workflowExecutionTimedOutEventAttributes,
  )
}

function saidIn(raw: unknown, identity: string | null | undefined) {
  const answer = readAnswer(raw)
  const [by, what] =
    typeof answer === 'string'
      ? ['unknown', 'an answer that does not fit']
      : [answer.by, `${answer.decision}: ${answer.choice}`]
  return { by, said: `${what}, sent by a signal${from(identity)}` }
}

/** As the run itself judged it. */
function whyIgnored(raw: unknown, open: readonly Decision[], startedBy: string | undefined): string {
  const answer = readAnswer(raw)
  if (typeof answer === 'string') return answer
  const asked = open.find(({ decision }) => decision === answer.decision)
  if (!asked) return `no decision ${answer.decision} was open`
  return objectionTo(answer, asked, startedBy) ?? 'it was decided already'
}

/** The name in an answer is not verified, and neither is this one where Temporal has no login; a forger has to forge both. */
export function from(identity: string | null | undefined): string {
  return identity ? ` from ${identity}` : ''
}

function answerKey(raw: unknown): string {
  const answer = readAnswer(raw)
  return typeof answer === 'string' ? '' : JSON.stringify([answer.decision, answer.choice, answer.by])
}
