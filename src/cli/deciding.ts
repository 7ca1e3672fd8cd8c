import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import {
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client'
import type { WorkflowHandle } from '@temporalio/client'
import type { Temporal } from '../embedded/connection.ts'
import { workerIsUp } from '../embedded/worker-process.ts'
import type { Choice, Decision, DecisionAnswer, RecordedAnswer, RunStatus } from '../workflows/status.ts'
import { needsDigest, needsReason, needsSignature } from '../workflows/answers.ts'
import { isPartial, signerOf } from '../workflows/quorum.ts'
import { meaningOf } from '../workflows/run-states.ts'
import { BadInput, exitCodes } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'
import { decisionLines } from './rendering/decision-lines.ts'
import { described } from './run/list-runs.ts'
import { questionsIn } from './run/memo.ts'
import { readRun, readWhatIsKnown } from './run/read-run.ts'
import { answerIn, openDecisions, stateOf } from './run/snapshot.ts'
import type { OpenDecision, RunSnapshot } from './run/snapshot.ts'
import { signed } from './signing.ts'
import { askLine, note, print, someoneIsThere } from './terminal.ts'

/**
 * Called when a decision is open: answers it, or leaves it to others. `gone` is aborted once it is no longer open. `leave` ends
 * the following; `answered` continues; `wait` continues and does not ask for this decision again.
 */
export type Decide = (
  open: OpenDecision & { readonly run: string },
  gone: AbortSignal,
) => Promise<'answered' | 'leave' | 'wait'>

/** Asks at the terminal. An empty answer leaves the decision to others and continues to follow. `temporal` gives the current connection. */
export function decideHere(temporal: () => Temporal, by: string): Decide {
  return async ({ decision, workflowId, run }, gone) => {
    print(['', ...decisionLines(run, decision, new Date()), ''])
    const choices = decision.choices.map(({ choice }) => choice)
    for (;;) {
      const typed = await askLine(`${choices.join(', ')} (or Enter to leave it to others)? `, gone)
      if (typed === undefined) {
        print(['', 'answered elsewhere'])
        return 'answered'
      }
      if (typed === '') return 'wait'
      const choice = chosen(typed, choices)
      if (choice === undefined) continue
      const reason = needsReason(decision, choice) ? await askLine('why? ', gone) : undefined
      try {
        const why = reason === undefined ? {} : { reason }
        const answer = await withSignature(decision, { ...withDigest(decision, choice), choice, by, ...why })
        const recorded = await sendAnswer(temporal(), workflowId, answer)
        return isPartial(recorded) ? 'wait' : 'answered'
      } catch (error) {
        if (!(error instanceof BadInput)) throw error
        note(error.message)
      }
    }
  }
}

/** Approves gates under the name of the person who follows, and prints what it approves; other decisions go to `otherwise`. */
export function approveGates(temporal: () => Temporal, by: string, otherwise: Decide): Decide {
  return async (open, gone) => {
    const { decision, workflowId, run } = open
    // Nobody has a reason beforehand to approve what is not proven.
    if (decision.kind !== 'gate' || needsReason(decision, 'approve')) return await otherwise(open, gone)
    note([`${by} approves, by --yes:`, ...decisionLines(run, decision, new Date())].join('\n'))
    try {
      const approval = { ...withDigest(decision, 'approve'), choice: 'approve', by, reason: '--yes' } as const
      const recorded = await sendAnswer(temporal(), workflowId, await withSignature(decision, approval))
      return isPartial(recorded) ? 'wait' : 'answered'
    } catch (error) {
      if (!(error instanceof BadInput)) throw error
      note(error.message)
      return await otherwise(open, gone)
    }
  }
}

/** For a command without a terminal: it ends, and the run waits. */
export const leaveToOthers: Decide = () => Promise.resolve('leave')

/** The decision and, where the answer needs it, the digest of what was shown here. */
function withDigest(
  asked: Decision,
  choice: Choice,
): { readonly decision: string; readonly digest?: string } {
  const { decision, digest } = asked
  return needsDigest(asked, choice) && digest !== undefined ? { decision, digest } : { decision }
}

/** The same answer, signed where the decision demands it, or where a key is given. @throws BadInput */
async function withSignature(asked: Decision, answer: DecisionAnswer, key?: string): Promise<DecisionAnswer> {
  if (key === undefined && !needsSignature(asked, answer.choice)) return answer
  const { digest, token = '' } = asked
  return await signed({ ...(digest === undefined ? {} : { digest }), ...answer }, { token, key })
}

/** The choice whose name begins with the typed text; undefined where none does, or several. */
export function chosen(typed: string, choices: readonly Choice[]): Choice | undefined {
  // `Roll back` and `mark done` are `rollback` and `mark-done`.
  const letters = (text: string) => text.toLowerCase().replace(/[\s-]/g, '')
  const wanted = letters(typed)
  const fitting = choices.filter((choice) => letters(choice).startsWith(wanted))
  return (
    choices.find((choice) => letters(choice) === wanted) ?? (fitting.length === 1 ? fitting[0] : undefined)
  )
}

export interface Answering {
  readonly run: string
  /** Undefined: the only gate that is open. */
  readonly decision?: string
  readonly choice: string
  readonly by: string
  /** The file of the SSH key to sign with. */
  readonly key?: string
  readonly digest?: string
  readonly reason?: string
}

/**
 * Answers an open decision. An answer that needs a digest takes the one that was typed. Without one it shows what is decided,
 * asks for a yes, and takes the digest of what it showed.
 */
export async function takeDecision(temporal: Temporal, answering: Answering): Promise<ExitCode> {
  const { run, by, key, reason } = answering
  if (!(await workerIsUp(temporal)) && isComplete(answering)) return await leaveAnswer(temporal, answering)
  const snapshot = await readRun(temporal, run)
  const { decision, workflowId } = openOne(snapshot, answering)
  const choice = choiceOf(decision, answering.choice)
  const digest = answering.digest ?? (await agreedDigest(run, decision, choice))
  const answer = { decision: decision.decision, choice, by, ...(digest === undefined ? {} : { digest }) }
  const whole = { ...answer, ...(reason === undefined ? {} : { reason }) }
  const recorded = await sendAnswer(temporal, workflowId, await withSignature(decision, whole, key))
  const { counts } = recorded
  const count = counts === undefined ? '' : `, ${counts.have} of ${counts.of}`
  note(
    `${decision.decision}: ${choice}, by ${signerOf({ ...recorded, by })}${count}\n  next: reinstate status ${run} --follow`,
  )
  return exitCodes.done
}

type Complete = Answering & { readonly decision: string }

/** Whether nothing has to be read or shown before the answer is sent. */
function isComplete(answering: Answering): answering is Complete {
  return (
    answering.decision !== undefined && (answering.choice !== 'approve' || answering.digest !== undefined)
  )
}

/** Sends a signal, which needs no worker; the run validates the answer once one is up. */
async function leaveAnswer(temporal: Temporal, { run, choice, key, ...rest }: Complete): Promise<ExitCode> {
  const open = openDecisions(await readWhatIsKnown(temporal, run))
  const asked = open.find(({ decision }) => decision.decision === rest.decision)
  if (!asked) throw notOpen(rest.decision, run)
  // Validated by the run.
  const answer = { ...rest, choice: choice as Choice }
  await signalAnswer(temporal, asked.workflowId, await withSignature(asked.decision, answer, key))
  note(`no worker is up; the answer waits for one\n  next: reinstate worker, then: reinstate status ${run}`)
  return exitCodes.done
}

/** An open question as Temporal knows it, without a worker. @throws BadInput where the workflow does not ask it */
export async function questionOf(
  temporal: Temporal,
  workflowId: string,
  decision: string,
): Promise<Decision & { readonly token: string }> {
  const found = await described(temporal, workflowId)
  if (!found) throw new BadInput(`there is no run ${workflowId}`)
  const open = questionsIn(found.memo).decisions.find((one) => one.decision === decision)
  if (open?.token !== undefined) return { ...open, token: open.token }
  throw notOpen(decision, workflowId)
}

function notOpen(decision: string, workflowId: string): BadInput {
  return new BadInput(`no decision ${decision} is open in ${workflowId}`, `reinstate status ${workflowId}`)
}

function openOne(snapshot: RunSnapshot, { run, decision: wanted }: Answering): OpenDecision {
  const open = openDecisions(snapshot)
  const names = open.map(({ decision }) => decision.decision)
  const fitting = open.filter(({ decision }) =>
    wanted === undefined
      ? ['gate', 'attest', 'rollback'].includes(decision.kind)
      : decision.decision === wanted,
  )
  const [only] = fitting
  if (only && fitting.length === 1) return only
  const next = `reinstate status ${run}`
  if (names.length === 0) {
    const state = stateOf(snapshot)
    throw new BadInput(`${run} waits for no decision; it is ${state}: ${meaningOf(state).means}`, next)
  }
  const what =
    wanted === undefined
      ? `${fitting.length === 0 ? 'nothing to approve is' : 'several things to approve are'} open`
      : `no decision ${wanted} is open`
  throw new BadInput(`${what} in ${run}; open: ${names.join(', ')}`, next)
}

function choiceOf({ decision, choices }: Decision, wanted: string): Choice {
  const known = choices.map(({ choice }) => choice)
  const choice = known.find((one) => one === wanted)
  if (choice === undefined)
    throw new BadInput(`${wanted} is no answer to ${decision}; it takes: ${known.join(', ')}`)
  return choice
}

async function agreedDigest(run: string, decision: Decision, choice: Choice): Promise<string | undefined> {
  const { digest } = withDigest(decision, choice)
  if (digest === undefined) return undefined
  if (!someoneIsThere()) {
    throw new BadInput(
      `${choice} needs the digest of what is shown: --digest DIGEST`,
      `reinstate status ${run}`,
    )
  }
  print([...decisionLines(run, decision, new Date()), ''])
  if (/^y(es)?$/i.test((await askLine(`${choice} this (yes or no)? `)) ?? '')) return digest
  throw new BadInput('not answered; the decision stays open', `reinstate status ${run}`)
}

/** Sends an answer to the run or rollback that asked, and waits for its reply. @throws BadInput with the reason where it is not taken */
export async function sendAnswer(
  { client }: Temporal,
  workflowId: string,
  answer: DecisionAnswer,
): Promise<RecordedAnswer> {
  try {
    const recorded = await updateAnswer(client.workflow.getHandle(workflowId), answer)
    if (!recorded.taken) throw new BadInput(`the answer was not taken: ${recorded.why ?? 'it did not fit'}`)
    return recorded
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error
    throw new BadInput(`the answer was not taken: ${error.cause?.message ?? error.message}`)
  }
}

const MAX_ATTEMPTS = 5
const AGAIN_AFTER_MS = 500

/**
 * Sends the update `decide`, again where Temporal could not process it: it drops the work of a run that ends while an event
 * arrives, and has the run do it again, but tells the sender of the update that it failed.
 */
export async function updateAnswer(handle: WorkflowHandle, answer: DecisionAnswer): Promise<RecordedAnswer> {
  const updateId = randomUUID()
  for (let attempt = 1; ; attempt++) {
    try {
      return await handle.executeUpdate<RecordedAnswer, [DecisionAnswer]>('decide', {
        args: [answer],
        updateId,
      })
    } catch (error) {
      if (attempt > 1 && error instanceof WorkflowNotFoundError) {
        // The run has ended since.
        const { answers } = await handle.query<RunStatus>('status')
        const taken = answers.find((one) => one.taken && answerIn(one.answer).decision === answer.decision)
        if (taken) return taken
      }
      const cause = error instanceof ServiceError ? error.cause : undefined
      const isDropped = isGrpcServiceError(cause) && cause.code === FAILED_PRECONDITION
      if (!isDropped || attempt === MAX_ATTEMPTS) throw error
      await wait(AGAIN_AFTER_MS)
    }
  }
}

/** gRPC's number for it. */
const FAILED_PRECONDITION = 9

/** The same without a worker; the run records and ignores an answer that does not fit. @throws BadInput where the run is closed */
export async function signalAnswer(
  { client }: Temporal,
  workflowId: string,
  answer: DecisionAnswer,
): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId).signal<[DecisionAnswer]>('decide', answer)
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
    throw new BadInput(`there is no open run ${workflowId}`, 'reinstate status')
  }
}
