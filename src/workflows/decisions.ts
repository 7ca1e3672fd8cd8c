import {
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow'
import { runActivities } from './activity-options.ts'
import { isSameName, needsDigest, NOBODY, objectionTo, printable, readAnswer } from './answers.ts'
import { reasonOf } from './failures.ts'
import { neededFor, withVote } from './quorum.ts'
import { objectionToTime, statementOf } from './signed-answer.ts'
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

/** Further ignored answers are only counted: a flood of signals must not grow the status without end. */
const MAX_IGNORED = 100
const MOST_IN_MEMO = 500

// Each repetition of a question adds six events to the history, whose limit is 51,200: the interval doubles.
const FIRST_ASKED_AGAIN_SECONDS = 60
const LAST_ASKED_AGAIN_SECONDS = 24 * 3600

/**
 * A question to ask. `ask` adds the digest, which covers all of it. The impact on visitors and data, and what a rollback
 * would do, are computed at each display; the digest does not cover them.
 */
export type Request = Omit<
  Decision,
  'since' | 'timesAsked' | 'expires' | 'digest' | 'collected' | 'token' | 'impact' | 'undoes'
> & {
  readonly withinSeconds: number
  /** What happens when nobody answers in time. `ask-again` doubles the time, up to a day, and asks again. */
  readonly onExpiry: 'ask-again' | Choice
  /** What the digest covers besides all that is shown, such as the state of the hosts. */
  readonly covers?: string
}

export interface Decisions {
  readonly open: () => readonly Decision[]
  readonly answers: () => readonly RecordedAnswer[]
  /** The number of ignored answers that are not in `answers`. */
  readonly ignoredMore: () => number
  /** Asks, and waits for an acceptable answer. Only a cancellation ends it early. */
  readonly ask: (request: Request) => Promise<DecisionAnswer>
  /** Shows the open decisions of a child, and forwards answers to the child. Replaces those of the previous call. */
  readonly mirror: (workflowId: string, open: readonly Decision[]) => void
  /**
   * Records signals of unknown names. Call it after all handlers are set: it consumes every signal that arrived earlier.
   */
  readonly recordUnknownSignals: () => void
}

interface DecisionsOptions {
  /** Called after each change. */
  readonly changed: () => void
  readonly startedBy: string | undefined
  /** Computed at each display of a decision. */
  readonly facts: (asked: Omit<Decision, 'impact' | 'undoes'>) => Pick<Decision, 'impact' | 'undoes'>
  /** What every digest covers: the run's token and the sha256 of its plan. */
  readonly identity: () => string
  /** Called when a decision is asked for the first time, and for each answer: for logs and metrics. */
  readonly asked: (question: Request) => void
  readonly answered: (answer: RecordedAnswer) => void
}

type Via = 'update' | 'signal'

/** As it arrived, and the fingerprint of the key that signed it. */
interface Sent {
  readonly raw: unknown
  readonly via: Via
  readonly key?: string
}

interface Asked {
  decision: Omit<Decision, 'impact' | 'undoes'>
  answer?: DecisionAnswer
  recorded?: RecordedAnswer
}

/** A decision that a child of the run asks for. */
interface OfChild {
  readonly workflowId: string
  readonly decision: Decision
}

/**
 * Sets the handlers for answers: an update, which replies whether the run accepts the answer, and a signal, which Temporal
 * stores even without a worker. No payload makes a handler throw.
 */
export function openDecisions({
  changed,
  startedBy,
  facts,
  identity,
  asked: whenAsked,
  answered,
}: DecisionsOptions): Decisions {
  const asked = new Map<string, Asked>()
  const ofChildren = new Map<string, readonly Decision[]>()
  const answers: RecordedAnswer[] = []
  let ignored = 0
  const record = (answer: RecordedAnswer) => {
    answered(answer)
    if (!answer.taken) ignored += 1
    if (answer.taken || ignored <= MAX_IGNORED) answers.push(answer)
    changed()
    return answer
  }

  const allOpen = (): readonly Decision[] => [
    ...[...asked.values()]
      .filter(({ answer }) => !answer)
      .map(({ decision }) => ({ ...decision, ...facts(decision) })),
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
    const { decision } = open
    const wrong =
      objectionTo(answer, decision, startedBy) ??
      objectionToTime(answer, { since: decision.since, now: now() })
    return wrong ?? open
  }
  const ofChild = (wanted: string): OfChild | undefined => {
    for (const [workflowId, mirrored] of ofChildren) {
      const decision = mirrored.find((one) => one.decision === wanted)
      if (decision) return { workflowId, decision }
    }
    return undefined
  }
  const refuse = (raw: unknown, via: Via, why: string) =>
    record({ at: now(), via, answer: printable(raw), taken: false, why })
  const take = async (raw: unknown, via: Via): Promise<RecordedAnswer> => {
    const answer = readAnswer(raw)
    const open = match(answer)
    if (typeof open === 'string' || typeof answer === 'string') return refuse(raw, via, String(open))
    if ('workflowId' in open) {
      // The child validates, verifies and records it: recorded here too, it would be shown twice.
      void passOn(open.workflowId, answer)
      return { at: now(), via, answer: { ...answer }, taken: true, why: `passed on to ${open.workflowId}` }
    }
    if (answer.signature === undefined) return count(open, answer, { raw, via })
    const verified = await verify(answer, open.decision)
    if ('refused' in verified) return refuse(raw, via, verified.refused)
    // Meanwhile others may have answered, or the question may have expired, or been asked again.
    const still = match(answer)
    if (typeof still === 'string') return refuse(raw, via, still)
    if ('workflowId' in still || still.decision.since !== open.decision.since)
      return refuse(raw, via, `${answer.decision} was asked anew while the signature was verified`)
    return count(still, answer, { raw, via, ...verified })
  }
  /** Takes a valid answer. Runs without interruption, so that no two answers are counted as the same one. */
  const count = (open: Asked, answer: DecisionAnswer, { raw, via, key }: Sent): RecordedAnswer => {
    // Who doubts it finds the signature in the history.
    const { signature: _, ...said } = answer
    const [at, of] = [now(), neededFor(open.decision, answer.choice)]
    const taken = { at, via, answer: said, taken: true, asked: askedIn(open), ...(key && { key }) } as const
    if (of === 1) {
      open.answer = answer
      open.recorded = taken
      return record(taken)
    }
    const { choice, by } = answer
    const collected = withVote(open.decision.collected ?? [], { choice, by, at, ...(key && { key }) })
    if (!collected) return refuse(raw, via, `${by} has answered ${choice} already, by this name or this key`)
    const agree = collected.filter((vote) => vote.choice === choice)
    const recorded = { ...taken, counts: { have: agree.length, of } }
    open.decision = { ...open.decision, collected }
    if (agree.length < of) noteInMemo(recorded)
    else {
      open.answer = { ...answer, by: agree.map((vote) => vote.by).join(', ') }
      open.recorded = recorded
    }
    return record(recorded)
  }

  setHandler(decideByUpdate, (answer) => take(answer, 'update'), {
    description: `Answers an open decision and replies whether the run accepts the answer. ${WHERE_TO_COPY}`,
    validator: (answer) => {
      const open = match(readAnswer(answer))
      if (typeof open === 'string') throw refusal(open)
    },
  })
  setHandler(decideBySignal, async (answer) => void (await take(answer, 'signal')), {
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

  const ask = async (wanted: Request): Promise<DecisionAnswer> => {
    const { withinSeconds, onExpiry, covers, ...request } = wanted
    whenAsked(wanted)
    const since = now()
    // With the time: an answer to this question is none to a later one about the same.
    const digest = await digestOf(request, [identity(), covers ?? '', since])
    const token = workflowInfo().firstExecutionRunId
    let collected: Pick<Decision, 'collected'> = {}
    const choices = request.choices.map(({ choice }) => choice).join(', ')
    for (let timesAsked = 1; ; timesAsked++) {
      const seconds = onExpiry === 'ask-again' ? secondsToWait(withinSeconds, timesAsked) : withinSeconds
      const expires = new Date(Date.now() + seconds * 1000).toISOString()
      const question: Asked = {
        decision: { ...request, ...digest, ...collected, token, since, timesAsked, expires },
      }
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
      if (question.decision.collected) collected = { collected: question.decision.collected }
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

/** Has a worker verify a signature, also in a run that was cancelled meanwhile. Never throws. */
async function verify(
  answer: DecisionAnswer,
  { approvers, token = '' }: Pick<Decision, 'approvers' | 'token'>,
): Promise<{ readonly key: string } | { readonly refused: string }> {
  const { by, decision, signature = '' } = answer
  // As the plan, and so allowed_signers, writes the name.
  const signer = approvers.find((one) => isSameName(one, by)) ?? by
  const { verifySignature } = runActivities(`did ${signer} sign the answer to ${decision}?`)
  return await CancellationScope.nonCancellable(() =>
    verifySignature({ signer, signature, statement: statementOf(token, answer) }),
  ).catch((error: unknown) => ({
    refused: `the signature could not be verified: ${reasonOf(error).message}`,
  }))
}

/**
 * The digest over everything that is shown, if an answer has to quote it: an approval covers what was shown and nothing
 * else.
 */
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

/** Leaves out long texts: the memo is in every list of runs. */
function questionOf({ shows: _, undoes: __, criteria: ___, ...decision }: Decision): OpenQuestion {
  return { ...decision, happened: cut(decision.happened, MOST_IN_MEMO) }
}

/** A child that cannot be reached is closed, and has no open decision. */
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
