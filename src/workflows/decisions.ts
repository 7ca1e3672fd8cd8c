import {
  ApplicationFailure,
  condition,
  getExternalWorkflowHandle,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow'
import { runActivities } from './activity-options.ts'
import { needsDigest, objectionTo, printable, readAnswer } from './answers.ts'
import { handleUnknownSignals } from './validate-input.ts'
import type {
  Choice,
  Decision,
  DecisionAnswer,
  OpenQuestion,
  QuestionsMemo,
  RecordedAnswer,
} from './status.ts'
import { decideBySignal, decideByUpdate, WHERE_TO_COPY } from './signals.ts'
import { cut } from './text.ts'

/** Ignored answers beyond this are counted only: a flood of signals must not grow the status without end. */
/** Who answers where nobody did in time. */
export const NOBODY = 'nobody'

const MAX_IGNORED = 100
const MOST_IN_MEMO = 500

// Each time that a run asks again adds six events to its history, which ends at 51,200: it asks ever more seldom.
const FIRST_ASKED_AGAIN_SECONDS = 60
const LAST_ASKED_AGAIN_SECONDS = 24 * 3600

/** A decision to ask for. `ask` adds the digest over all of it. */
export type Request = Omit<Decision, 'since' | 'timesAsked' | 'expires' | 'digest'> & {
  readonly withinSeconds: number
  /** What happens when nobody answers in time. `ask-again` doubles the time, up to a day, and asks again. */
  readonly onExpiry: 'ask-again' | Choice
  /** What the digest covers besides all that is shown, such as the state of the hosts. */
  readonly covers?: string
}

export interface Decisions {
  readonly open: () => readonly Decision[]
  readonly answers: () => readonly RecordedAnswer[]
  /** How many ignored answers are counted only. */
  readonly ignoredMore: () => number
  /** Asks, and waits for an answer that is taken. Ends early by cancellation only. */
  readonly ask: (request: Request) => Promise<DecisionAnswer>
  /** Shows the open decisions of a child too, and passes answers to them on. Replaces what was mirrored of it before. */
  readonly mirror: (workflowId: string, open: readonly Decision[]) => void
  /** Records signals of unknown names. To be called once all handlers are set: it takes every signal that came before. */
  readonly recordUnknownSignals: () => void
}

interface DecisionsOptions {
  /** Called after each change. */
  readonly changed: () => void
  readonly startedBy: string | undefined
  /** What every digest covers: the run's token and the sha256 of its plan. */
  readonly identity: () => string
}

interface Asked {
  decision: Decision
  answer?: DecisionAnswer
  recorded?: RecordedAnswer
}

/** A decision that a child of the run asks for. */
interface OfChild {
  readonly workflowId: string
  readonly decision: Decision
}

/**
 * Sets the handlers through which people decide: an update, which replies whether the answer was taken, and a signal,
 * which is accepted without a worker. Neither ever throws for what it gets.
 */
export function openDecisions({ changed, startedBy, identity }: DecisionsOptions): Decisions {
  const asked = new Map<string, Asked>()
  const ofChildren = new Map<string, readonly Decision[]>()
  const answers: RecordedAnswer[] = []
  let ignored = 0
  const record = (answer: RecordedAnswer) => {
    if (!answer.taken) ignored += 1
    if (answer.taken || ignored <= MAX_IGNORED) answers.push(answer)
    changed()
    return answer
  }

  const allOpen = (): readonly Decision[] => [
    ...[...asked.values()].filter(({ answer }) => !answer).map(({ decision }) => decision),
    ...[...ofChildren.values()].flat(),
  ]

  /** The open decision that an answer is for, here or in a child, or why the answer is not taken. */
  const match = (answer: DecisionAnswer | string): Asked | OfChild | string => {
    if (typeof answer === 'string') return answer
    const open = asked.get(answer.decision) ?? ofChild(answer.decision)
    if (!open) {
      const names = allOpen().map(({ decision }) => decision)
      return `no decision ${answer.decision} is open; open: ${names.join(', ') || 'none'}`
    }
    if ('answer' in open && open.answer) return `${answer.decision} is decided already, by ${open.answer.by}`
    return objectionTo(answer, open.decision, startedBy) ?? open
  }
  const ofChild = (wanted: string): OfChild | undefined => {
    for (const [workflowId, mirrored] of ofChildren) {
      const decision = mirrored.find((one) => one.decision === wanted)
      if (decision) return { workflowId, decision }
    }
    return undefined
  }
  const take = (raw: unknown, via: 'update' | 'signal'): RecordedAnswer => {
    const answer = readAnswer(raw)
    const open = match(answer)
    const at = now()
    if (typeof open === 'string' || typeof answer === 'string')
      return record({ at, via, answer: printable(raw), taken: false, why: String(open) })
    if ('workflowId' in open) {
      // The child validates and records it: recorded here too, it would be shown twice.
      void passOn(open.workflowId, answer)
      return { at, via, answer: { ...answer }, taken: true, why: `passed on to ${open.workflowId}` }
    }
    open.answer = answer
    open.recorded = { at, via, answer: { ...answer }, taken: true, asked: askedIn(open) }
    return record(open.recorded)
  }

  setHandler(decideByUpdate, (answer) => take(answer, 'update'), {
    description: `Answers an open decision and replies whether the answer was taken. ${WHERE_TO_COPY}`,
    validator: (answer) => {
      const open = match(readAnswer(answer))
      if (typeof open === 'string') throw refusal(open)
    },
  })
  setHandler(decideBySignal, (answer) => void take(answer, 'signal'), {
    description: `Answers an open decision, also while no worker is up. An answer that does not fit is recorded and ignored. ${WHERE_TO_COPY}`,
  })
  const recordUnknownSignals = () =>
    handleUnknownSignals((name, payload) => {
      const why = `there is no signal ${cut(name, 200)}; the signal for decisions is decide`
      record({ at: now(), via: 'signal', answer: printable(payload), taken: false, why })
    })

  const noteInMemo = (answer?: RecordedAnswer) => {
    const memo: QuestionsMemo = { decisions: allOpen().map(questionOf), ...(answer ? { answer } : {}) }
    upsertMemo({ ...memo })
  }
  const close = (decision: string, answer?: RecordedAnswer) => {
    asked.delete(decision)
    changed()
    noteInMemo(answer)
  }

  const ask = async ({ withinSeconds, onExpiry, covers, ...request }: Request): Promise<DecisionAnswer> => {
    const digest = await digestOf(request, [identity(), covers ?? ''])
    const since = now()
    const choices = request.choices.map(({ choice }) => choice).join(', ')
    for (let timesAsked = 1; ; timesAsked++) {
      const seconds = onExpiry === 'ask-again' ? secondsToWait(withinSeconds, timesAsked) : withinSeconds
      const expires = new Date(Date.now() + seconds * 1000).toISOString()
      const question: Asked = { decision: { ...request, ...digest, since, timesAsked, expires } }
      asked.set(request.decision, question)
      changed()
      noteInMemo()
      try {
        await condition(() => question.answer !== undefined, `${seconds} seconds`, {
          summary: cut(`DECIDE ${request.decision}: ${choices}`, 180),
        })
      } catch (error) {
        close(request.decision)
        throw error
      }
      if (question.answer) {
        close(request.decision, question.recorded)
        return question.answer
      }
      if (onExpiry !== 'ask-again') {
        const why = `nobody answered in time: ${onExpiry}`
        const answer = { decision: request.decision, choice: onExpiry, by: NOBODY, reason: why }
        const recorded = {
          at: now(),
          via: 'timeout',
          answer,
          taken: true,
          why,
          asked: askedIn(question),
        } as const
        record(recorded)
        close(request.decision, recorded)
        return answer
      }
    }
  }
  return {
    ask,
    mirror: (workflowId, decisions) => {
      if (JSON.stringify(ofChildren.get(workflowId) ?? []) === JSON.stringify(decisions)) return
      ofChildren.set(workflowId, decisions)
      changed()
      noteInMemo()
    },
    recordUnknownSignals,
    open: allOpen,
    answers: () => answers,
    ignoredMore: () => Math.max(0, ignored - MAX_IGNORED),
  }
}

/** The digest over all that people are shown, where an answer has to name it: approved is what was seen, and nothing else. */
async function digestOf(
  request: Omit<Request, 'withinSeconds' | 'onExpiry' | 'covers'>,
  context: readonly string[],
): Promise<{ readonly digest?: string }> {
  if (!request.choices.some(({ choice }) => needsDigest({ ...request, digest: '' }, choice))) return {}
  return { digest: await runActivities(`digest of ${request.decision}`).digest({ context, request }) }
}

/** Doubles each time, up to a day or to the plan's own time where that is longer. */
function secondsToWait(withinSeconds: number, timesAsked: number): number {
  const first = Math.max(withinSeconds, FIRST_ASKED_AGAIN_SECONDS)
  return Math.min(first * 2 ** (timesAsked - 1), Math.max(first, LAST_ASKED_AGAIN_SECONDS))
}

function askedIn({ decision: { kind, title, phase, since } }: Asked): NonNullable<RecordedAnswer['asked']> {
  return { kind, title, phase, since }
}

/** Without what is long: the memo stands in every list. */
function questionOf({ shows: _, undoes: __, ...decision }: Decision): OpenQuestion {
  return { ...decision, happened: cut(decision.happened, MOST_IN_MEMO) }
}

/** The child is closed where it cannot be reached; then nothing of it is open any more. */
async function passOn(workflowId: string, answer: DecisionAnswer): Promise<void> {
  await getExternalWorkflowHandle(workflowId)
    .signal(decideBySignal, answer)
    .catch(() => undefined)
}

function refusal(why: string): ApplicationFailure {
  const failure = ApplicationFailure.nonRetryable(why, 'AnswerRefused')
  // The Temporal UI prints it, and a stack trace helps nobody there.
  failure.stack = ''
  return failure
}

function now(): string {
  return new Date().toISOString()
}
