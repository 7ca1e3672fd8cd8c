import type { ResolvedPhase, ResolvedPlan, ResolvedStep } from '../plan/plan.ts'
import type { Request } from './decisions.ts'
import type { RunDisplay } from './display.ts'
import { onHost } from './messages.ts'
import type { RunRef, StepFailure } from './messages.ts'
import { approversAfter } from './progress.ts'
import type { RunProgress } from './progress.ts'
import type { Choice, DecisionAnswer } from './status.ts'
import { escaped, fenced } from './text.ts'

/** Questions about failures are asked again after this, then ever more seldom. */
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
    phase,
    approvers: approversAfter(plan.phases, phase.phase),
    stepsDone: progress.stepsDone(),
    ...(step ? { step } : {}),
    visitors: progress.visitors(),
  })
  return await display.decisions.ask(question)
}

/**
 * Asks what to do about a cancelled run of a plan that names approvers: anybody who reaches Temporal can cancel, and only
 * approvers have what they guard undone. Its phases have ended.
 */
export async function askAboutCancel({
  display,
  progress,
  approvers,
}: Dependencies & { readonly approvers: readonly string[] }): Promise<Choice> {
  const visitors = progress.visitors()
  const { choice } = await display.decisions.ask({
    decision: 'cancelled/run',
    kind: 'cancelled',
    title: 'the run was cancelled: may all that it did be rolled back?',
    phase: '',
    approvers,
    withinSeconds: ASKED_AGAIN_SECONDS,
    onExpiry: 'ask-again',
    shows: [
      `No step is running, and no further step begins. ${steps(progress.stepsDone())} done so far.`,
      ...(visitors === undefined ? [] : ['', visitors]),
    ],
    choices: [
      {
        choice: 'rollback',
        does: `all that this run did (${steps(progress.stepsDone())}) is undone, newest first`,
        guarded: true,
      },
      { choice: 'stop', does: 'the run ends here; what was done stays and can be rolled back later' },
    ],
  })
  return choice
}

/** What the question about a failed step depends on. */
export interface FailedIn {
  readonly phase: Pick<ResolvedPhase, 'phase' | 'steps'>
  readonly step?: Pick<ResolvedStep, 'success'>
  /** Who may skip, mark done or roll back; empty: anyone. */
  readonly approvers: readonly string[]
  readonly stepsDone: number
  /** One sentence: whether visitors are without an answer now. Undefined where the plan names no downtime. */
  readonly visitors: string | undefined
}

/**
 * Builds the question about a failed step. Only a step whose apply began can have an unknown outcome: a timeout of
 * inspect or verify is a failed read.
 */
export function failureQuestion(
  failure: StepFailure,
  { phase, step, approvers, stepsDone, visitors }: FailedIn,
): Request {
  const { type, title, host } = failure
  const isUnknown = type === 'OutcomeUnknown' || type === 'Timeout'
  const on = onHost(host)
  const dependents = phase.steps.filter(({ needs }) => needs.includes(failure.step)).map((one) => one.title)
  const continuesWith = dependents.length > 0 ? ` with: ${dependents.join(', ')}` : ''
  const notProven = 'the run ends as done-not-proven'
  const skip = {
    choice: 'skip',
    does: `it stays as it is, not proven, and the run continues${continuesWith}; ${notProven}`,
  } as const
  const markDone = {
    choice: 'mark-done',
    does: `it counts as done, not proven, and the run continues; ${notProven}`,
  } as const
  const {
    title: asked,
    retry,
    passOver,
    undone,
  } = {
    title: isUnknown
      ? `the outcome of step ${failure.step}${on} is unknown`
      : `step ${failure.step}${on} failed`,
    retry: `"${title}" is attempted again${isUnknown ? ': if it had succeeded, it may happen twice' : ''}, then the run continues`,
    passOver: isUnknown ? markDone : skip,
    undone: stepsAndThis(stepsDone),
    ...(type === 'InspectTimedOut' && {
      title: `inspect of step ${failure.step}${on} timed out`,
      retry: `"${title}" is inspected again and carried out, then the run continues`,
      undone: steps(stepsDone),
    }),
    ...(type === 'VerifyTimedOut' && {
      title: `verify of step ${failure.step}${on} timed out`,
      retry: `"${title}" is verified again; its change is not made again. Then the run continues`,
      passOver: markDone,
    }),
  }
  return {
    decision: `failed/${failure.step}~${failure.attempt}`,
    kind: isUnknown ? 'unknown-outcome' : 'failed-step',
    title: asked,
    phase: phase.phase,
    step: failure.step,
    host,
    approvers,
    withinSeconds: ASKED_AGAIN_SECONDS,
    onExpiry: 'ask-again',
    shows: [
      `**${escaped(title)}**${on}, attempt ${failure.attempt}, failed at ${clock(failure.at)}:`,
      '',
      ...fenced(failure.message),
      ...(step?.success === undefined ? [] : ['', `Success criterion: ${escaped(step.success)}`]),
      '',
      ...(visitors === undefined ? [] : [visitors, '']),
      'Until somebody answers, this phase changes nothing more.',
    ],
    choices: [
      { choice: 'retry', does: retry },
      { ...passOver, guarded: true },
      {
        choice: 'rollback',
        does: `all that this run did (${undone}) is undone, newest first`,
        guarded: true,
      },
      { choice: 'stop', does: 'the run ends here; what was done stays and can be rolled back later' },
    ],
  }
}

export function listed(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `- ${escaped(line)}`)
}

function clock(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`
}

function stepsAndThis(done: number): string {
  return done === 0 ? 'this step' : `${steps(done)} and this one`
}

function steps(done: number): string {
  return `${done} ${done === 1 ? 'step' : 'steps'}`
}
