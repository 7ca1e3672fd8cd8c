import type { Approvers, ResolvedPhase, ResolvedPlan, ResolvedStep } from '../plan/plan.ts'
import type { Request } from './decisions.ts'
import type { RunDisplay } from './display.ts'
import { clock } from './impact.ts'
import { onHost } from './messages.ts'
import type { RunRef, StepFailure } from './messages.ts'
import { approversAfter } from './progress.ts'
import type { RunProgress } from './progress.ts'
import type { Choice, DecisionAnswer } from './status.ts'
import { capitalized, escaped, fenced, firstLine, sentence } from './text.ts'

/** An unanswered question about a failure is asked again after this time, then after twice as long, up to a day. */
export const ASKED_AGAIN_SECONDS = 3600

/** What every question needs of its run. */
export interface Dependencies {
  readonly ref: RunRef
  readonly display: RunDisplay
  readonly progress: RunProgress
}

/** Asks what to do about a failed step. */
export async function askAboutFailure(
  failure: StepFailure,
  {
    display,
    phase,
    plan,
    progress,
  }: Dependencies & { readonly phase: ResolvedPhase; readonly plan: ResolvedPlan },
): Promise<DecisionAnswer> {
  const step = phase.steps.find((one) => one.step === failure.step)
  const question = failureQuestion(failure, {
    ...{ phase, progress },
    guard: approversAfter(plan, phase.phase),
    ...(step ? { step } : {}),
  })
  return await display.decisions.ask(question)
}

/**
 * Asks an approver whether to roll back a cancelled run of a plan that names approvers. Anyone who reaches Temporal can
 * cancel a run; only an approver may have it undone. The phases of the run have ended.
 */
export async function askAboutCancel({
  display,
  progress,
  guard,
  unlockedSince,
}: Dependencies & {
  readonly guard: Approvers
  readonly unlockedSince: string | undefined
}): Promise<Choice> {
  const { choice } = await display.decisions.ask({
    decision: 'cancelled/run',
    kind: 'cancelled',
    title: 'the run was cancelled: may all that it did be rolled back?',
    happened: `Somebody cancelled the run after ${steps(progress.stepsDone())}. No step is running, and no further step begins.`,
    advice: { text: 'Roll back unless you want to keep what was done. Nobody can continue the run.' },
    phase: '',
    ...guard,
    ...(unlockedSince !== undefined && { unlockedSince }),
    withinSeconds: ASKED_AGAIN_SECONDS,
    onExpiry: 'ask-again',
    shows: [],
    choices: [
      { choice: 'rollback', does: rollbackDoes(progress), guarded: true },
      { choice: 'stop', does: stopDoes(progress) },
    ],
  })
  return choice
}

/** What is true of a run while it asks: what its end does depends on it. */
export type Standing = Pick<RunProgress, 'isDown' | 'canUndo' | 'isUntouched'>

const ENDS_UNTOUCHED = 'the run ends; it has changed nothing'

export function rollbackDoes({ canUndo, isUntouched }: Standing): string {
  if (isUntouched()) return ENDS_UNTOUCHED
  return canUndo()
    ? 'the run ends, and what is listed below is undone, newest first'
    : 'the run ends; nothing that it did can be undone'
}

export function stopDoes({ isDown, canUndo, isUntouched }: Standing): string {
  if (isUntouched()) return ENDS_UNTOUCHED
  const later = canUndo() ? ' and can be rolled back later' : ''
  return `the run ends here; what was done stays${later}${isDown() ? '. The site STAYS DOWN' : ''}`
}

/** What the question about a failed step depends on. */
export interface FailedIn {
  readonly phase: Pick<ResolvedPhase, 'phase' | 'steps'>
  readonly step?: Pick<ResolvedStep, 'success' | 'idempotent'>
  /** Who may skip, mark done or roll back. */
  readonly guard: Approvers
  readonly progress: Standing & Pick<RunProgress, 'hasChanged' | 'undosOnPort'>
}

/**
 * Builds the question about a failed step. Only a step whose apply began can have an unknown outcome: a timeout of
 * inspect or verify is a failed read.
 */
export function failureQuestion(failure: StepFailure, { phase, step, guard, progress }: FailedIn): Request {
  const { type, title, host, attempt, at } = failure
  const isUnknown = isOutcomeUnknown(failure)
  const on = onHost(host)
  const dependents = phase.steps.filter(({ needs }) => needs.includes(failure.step)).map((one) => one.title)
  const continuesWith =
    dependents.length > 0
      ? ` with ${dependents.map((one) => `"${one}"`).join(', ')}, which may fail for the same cause`
      : ''
  const alsoNeedsPort = rollbackNeedsPort(failure, progress)
  const notProven = `the run ends as done-not-proven${progress.isDown() ? '. The site may STAY DOWN' : ''}`
  const skip = {
    choice: 'skip',
    does: `nothing more of "${title}" is done or proven, and the run continues${continuesWith}; ${notProven}`,
  } as const
  const markDone = {
    choice: 'mark-done',
    does: `it counts as done, not proven, and the run continues; ${notProven}`,
  } as const
  const {
    title: asked,
    retry,
    passOver,
  } = {
    title: isUnknown
      ? `the outcome of step "${failure.step}"${on} is unknown`
      : `step "${failure.step}" failed${on}`,
    retry: `"${title}" is attempted again${isUnknown ? ' from its beginning: what has happened already may happen twice. Then' : ', then'} the run continues`,
    passOver: isUnknown ? markDone : skip,
    ...(type === 'InspectTimedOut' && {
      title: `inspect of step "${failure.step}"${on} timed out`,
      retry: `"${title}" is inspected again and carried out, then the run continues`,
    }),
    ...(type === 'VerifyTimedOut' && {
      title: `verify of step "${failure.step}"${on} timed out`,
      retry: `"${title}" is verified again; its change is not made again. Then the run continues`,
      passOver: markDone,
    }),
  }
  const again = attempt > 1 ? `, in attempt ${attempt}` : ''
  const how = isUnknown ? 'was interrupted' : 'failed'
  return {
    decision: `failed/${failure.step}~${attempt}`,
    kind: isUnknown ? 'unknown-outcome' : 'failed-step',
    title: asked,
    happened: `"${title}"${on} ${how}${again}, at ${clock(at)}. ${whatFailed(failure)}`,
    advice: withSentence(
      adviceOn(failure, { ...(step && { step }), hasChanged: progress.hasChanged(failure.step) }),
      alsoNeedsPort,
    ),
    phase: phase.phase,
    step: failure.step,
    host,
    ...guard,
    withinSeconds: ASKED_AGAIN_SECONDS,
    onExpiry: 'ask-again',
    shows: [
      '**The failure in full**',
      '',
      ...fenced(failure.message),
      ...(step?.success === undefined ? [] : ['', `Success criterion: ${escaped(step.success)}`]),
    ],
    choices: [
      { choice: 'retry', does: retry },
      { ...passOver, guarded: true },
      {
        choice: 'rollback',
        does: `${rollbackDoes(progress)}${alsoNeedsPort === undefined ? '' : `. ${alsoNeedsPort}`}`,
        guarded: true,
      },
      { choice: 'stop', does: stopDoes(progress) },
    ],
  }
}

/** That a rollback would fail for the same taken port; undefined where it needs none. */
function rollbackNeedsPort(
  { host, takenPort }: StepFailure,
  { undosOnPort, isDown }: Pick<FailedIn['progress'], 'undosOnPort' | 'isDown'>,
): string | undefined {
  const undos = takenPort === undefined ? [] : undosOnPort(host, takenPort)
  if (takenPort === undefined || undos.length === 0) return undefined
  const stays = isDown() ? ' and the site STAYS DOWN' : ''
  return `A rollback needs port ${takenPort.port} too: the undo of ${undos.join(', ')} starts containers on it. Free it first, or the rollback fails there${stays}`
}

function withSentence(advice: Request['advice'], more: string | undefined): Request['advice'] {
  return more === undefined ? advice : { ...advice, text: `${advice.text} ${sentence(more)}` }
}

function isOutcomeUnknown({ type }: StepFailure): boolean {
  return type === 'OutcomeUnknown' || type === 'Timeout'
}

/** The plan and its inputs are fixed in a run: if they are wrong, a retry cannot help. */
const FIXED_IN_THE_RUN = ['SecretMissing', 'PlanRefused', 'Defect', 'NotSigned']

/** The answer to prefer. None if the outcome is unknown, or if a repeated command may do its work twice. */
function adviceOn(
  failure: StepFailure,
  { step, hasChanged }: Pick<FailedIn, 'step'> & { readonly hasChanged: boolean },
): Request['advice'] {
  const { type, host, attempt } = failure
  if (isOutcomeUnknown(failure))
    return {
      text:
        `Find out${onHost(host)} what it has done; it may have done more than it printed. If nothing: retry. If all: ` +
        'mark-done. If a part: finish it by hand, then mark-done.',
    }
  if (failure.advice !== undefined)
    return failure.retryHelps === false
      ? { text: sentence(capitalized(failure.advice)) }
      : { choice: 'retry', text: withRetry(failure.advice) }
  if (type === 'NotAttested') return { text: 'Make the statement true and retry, or roll back.' }
  if (FIXED_IN_THE_RUN.includes(type) || failure.retryHelps === false)
    return {
      choice: 'rollback',
      text: 'Retry cannot help: the plan is fixed in this run. Roll back, change the plan, and start a new run.',
    }
  if (type === 'CommandFailed' && step?.idempotent === false)
    return {
      text: 'Find out what it has done before it failed: a retry runs all of it again. If nothing, remove the cause and retry; else roll back.',
    }
  if (attempt > 1)
    return {
      text: `It has failed in ${attempt} attempts. Find the cause before you retry; without one, roll back.`,
    }
  if (type === 'StepNotVerified' && !hasChanged)
    return {
      choice: 'retry',
      text: 'Find out why it is not as expected, and put that right. Then retry: the step is inspected and verified again.',
    }
  if (type === 'StepNotVerified')
    return {
      choice: 'retry',
      text: 'Retry once: the step is carried out and verified again. If it fails the same way, find out what changes it, or whether a disk is faulty.',
    }
  return { choice: 'retry', text: 'Remove the cause that the failure names, then retry.' }
}

export function listed(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `- ${escaped(line)}`)
}

/** What failed, as one sentence. What to do about it stands with the advice. */
export function whatFailed({
  message,
  happened = message,
}: Pick<StepFailure, 'message' | 'happened'>): string {
  return capitalized(sentence(firstLine(happened)))
}

/** Advice as sentences that end with the retry. */
export function withRetry(advice: string): string {
  return `${sentence(capitalized(advice))} Then retry.`
}

function steps(done: number): string {
  return `${done} ${done === 1 ? 'step' : 'steps'}`
}
