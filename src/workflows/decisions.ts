import {
  ApplicationFailure,
  condition,
  patched,
  setDefaultSignalHandler,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow'
import type {
  Choice,
  Decision,
  DecisionAnswer,
  OpenQuestion,
  QuestionsMemo,
  RecordedAnswer,
} from './status.ts'
import { decideBySignal, decideByUpdate, EXAMPLE_ANSWER } from './signals.ts'
import { cut } from './cut.ts'

const MAX_RECORDED = 100

/** A decision as it is asked for; what it waits for and how often it was asked is added here. */
export type Request = Omit<Decision, 'since' | 'timesAsked' | 'expires'> & {
  readonly withinSeconds: number
  /** What happens when nobody answers in time; `ask-again` asks again and louder. */
  readonly onExpiry: 'ask-again' | Choice
}

export interface Decisions {
  readonly open: () => readonly Decision[]
  readonly answers: () => readonly RecordedAnswer[]
  /** Asks, and waits for an answer that fits. Survives anything; ends by cancellation only. */
  readonly ask: (request: Request) => Promise<DecisionAnswer>
  /** Records signals that nobody handles. Called once all handlers are set: what came before them would be lost. */
  readonly recordTheRest: () => void
}

interface Asked {
  decision: Decision
  answer?: DecisionAnswer
  recorded?: RecordedAnswer
}

/**
 * Sets the handlers through which people decide: an update, which tells at once whether the answer was taken, and a
 * signal, which is accepted without a worker and never fails. `changed` is called whenever there is news to show.
 */
export function openDecisions(changed: () => void, startedBy?: string): Decisions {
  const asked = new Map<string, Asked>()
  const answers: RecordedAnswer[] = []
  const record = (answer: RecordedAnswer) => {
    // A flood of signals must not grow the workflow without end; the first are what was decided on.
    if (answers.length < MAX_RECORDED) answers.push(answer)
    changed()
    return answer
  }
  const take = (raw: unknown, via: 'update' | 'signal') => {
    const answer = readAnswer(raw)
    const why = typeof answer === 'string' ? answer : objection(answer, asked, startedBy)
    const at = new Date().toISOString()
    if (why !== undefined || typeof answer === 'string') {
      return record({ at, via, answer: printable(raw), taken: false, why: why ?? 'not an answer' })
    }
    const open = asked.get(answer.decision)
    if (open) open.answer = answer
    const recorded = record({
      ...{ at, via, answer: { ...answer }, taken: true },
      ...(open ? { asked: askedIn(open) } : {}),
    })
    if (open) open.recorded = recorded
    return recorded
  }

  setHandler(decideByUpdate, (answer) => take(answer, 'update'), {
    description: `Answers an open decision and tells at once whether the answer was taken. Paste, one key to a line:\n${EXAMPLE_ANSWER}`,
    validator: (answer) => {
      const read = readAnswer(answer)
      const why = typeof read === 'string' ? read : objection(read, asked, startedBy)
      if (why !== undefined) throw refusal(why)
    },
  })
  setHandler(decideBySignal, (answer) => void take(answer, 'signal'), {
    description: `Answers an open decision, also while no worker is up; what does not fit is recorded and ignored. Paste, one key to a line:\n${EXAMPLE_ANSWER}`,
  })

  // A signal of a name that nobody handles would vanish, and whoever sent it would wait.
  const recordTheRest = () =>
    setDefaultSignalHandler((name, ...payload) => {
      const why = `there is no signal ${name}; decisions are sent as decide`
      record({
        at: new Date().toISOString(),
        via: 'signal',
        answer: printable(payload[0]),
        taken: false,
        why,
      })
    })

  const open = () => [...asked.values()].filter(({ answer }) => !answer).map(({ decision }) => decision)
  const close = (decision: string) => {
    asked.delete(decision)
    changed()
  }
  const noteInMemo = (answer?: RecordedAnswer) => {
    // Runs of version 0.1 wrote no questions there.
    if (!patched('questions-in-memo')) return
    const memo: QuestionsMemo = { decisions: open().map(questionOf), ...(answer ? { answer } : {}) }
    upsertMemo({ ...memo })
  }

  const ask = async ({ withinSeconds, onExpiry, ...request }: Request): Promise<DecisionAnswer> => {
    const since = new Date().toISOString()
    for (let timesAsked = 1; ; timesAsked++) {
      const expires = new Date(Date.now() + withinSeconds * 1000).toISOString()
      const question: Asked = { decision: { ...request, since, timesAsked, expires } }
      asked.set(request.decision, question)
      changed()
      noteInMemo()
      const choices = request.choices.map(({ choice }) => choice).join(', ')
      try {
        await condition(() => question.answer !== undefined, `${withinSeconds} seconds`, {
          summary: cut(`DECIDE ${request.decision}: ${choices}`, 180),
        })
      } catch (error) {
        close(request.decision)
        noteInMemo()
        throw error
      }
      close(request.decision)
      if (question.answer) {
        noteInMemo(question.recorded)
        return question.answer
      }
      if (onExpiry !== 'ask-again') {
        const why = `nobody answered in time: ${onExpiry}`
        const answer = { decision: request.decision, choice: onExpiry, by: 'nobody', reason: why }
        const at = new Date().toISOString()
        noteInMemo(record({ at, via: 'timeout', answer, taken: true, why, asked: askedIn(question) }))
        return answer
      }
    }
  }
  return {
    ask,
    recordTheRest,
    open,
    answers: () => answers,
  }
}

function askedIn({ decision: { kind, title, phase, since } }: Asked): NonNullable<RecordedAnswer['asked']> {
  return { kind, title, phase, since }
}

function questionOf({ host: _, shows: __, approvers: ___, choices, ...decision }: Decision): OpenQuestion {
  return { ...decision, choices: choices.map(({ choice }) => choice) }
}

/** The answer in whatever arrived, also JSON inside a string; or why it is none. */
export function readAnswer(raw: unknown): DecisionAnswer | string {
  const value = typeof raw === 'string' ? parsed(raw) : raw
  if (typeof value !== 'object' || value === null) return 'not an object with decision, choice and by'
  const { decision, choice, by, digest, reason } = value as Record<string, unknown>
  if (typeof decision !== 'string' || decision === '') return 'it names no decision'
  if (typeof choice !== 'string' || choice === '') return 'it names no choice'
  if (typeof by !== 'string' || by.trim() === '') return 'it does not say who decides: by'
  return {
    decision,
    // What it may be is held against the open decision's own choices.
    choice: choice as Choice,
    by,
    ...(typeof digest === 'string' ? { digest } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  }
}

function objection(
  answer: DecisionAnswer,
  asked: ReadonlyMap<string, Asked>,
  startedBy: string | undefined,
): string | undefined {
  const open = asked.get(answer.decision)
  if (!open) return `no decision ${answer.decision} is open; open: ${[...asked.keys()].join(', ') || 'none'}`
  if (open.answer) return `${answer.decision} is decided already, by ${open.answer.by}`
  return objectionTo(answer, open.decision, startedBy)
}

/** Why an answer to an open decision is not taken. Whoever started a run may not approve it where the plan names approvers. */
export function objectionTo(
  answer: DecisionAnswer,
  { kind, choices, approvers, digest }: Pick<Decision, 'kind' | 'choices' | 'approvers' | 'digest'>,
  startedBy: string | undefined,
): string | undefined {
  const known = choices.map(({ choice }) => choice)
  if (!known.includes(answer.choice)) return `${answer.choice} is not one of ${known.join(', ')}`
  if (approvers.length > 0 && !approvers.includes(answer.by)) {
    return `${answer.by} may not decide this; those who may: ${approvers.join(', ')}`
  }
  if (kind === 'gate' && answer.choice === 'approve' && approvers.length > 0 && answer.by === startedBy) {
    const others = approvers.filter((one) => one !== startedBy)
    return `${answer.by} started this run and may not approve it; those who may: ${others.join(', ') || 'nobody else is named'}`
  }
  // The right digest is not printed here: it has to come from having seen what it stands for.
  if (answer.choice === 'approve' && digest !== undefined && answer.digest !== digest) {
    return 'the digest is missing or stands for something else than what is shown now; look again'
  }
  return undefined
}

function refusal(why: string): ApplicationFailure {
  const failure = ApplicationFailure.nonRetryable(why, 'AnswerRefused')
  // The UI prints it; a stack trace tells a person nothing.
  failure.stack = ''
  return failure
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function printable(raw: unknown): string {
  return cut(JSON.stringify(raw) ?? 'nothing', 500)
}
