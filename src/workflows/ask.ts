import type { ResolvedGate, ResolvedPhase, ResolvedStep } from '../plan/plan.ts'
import type { RunDisplay } from './display.ts'
import type { Request } from './decisions.ts'
import { forecastLines, inSeconds } from './downtime.ts'
import type { RunProgress } from './progress.ts'
import { gateLines } from './gate-lines.ts'
import { onHost } from './messages.ts'
import type { RunRef, StepFailure } from './messages.ts'
import type { Choice } from './status.ts'
import type { DowntimeForecast, StepsPreview } from './previews.ts'

const FAILURE_ASKED_AGAIN_SECONDS = 3600

/** What every question needs of its run. */
export interface Dependencies {
  readonly ref: RunRef
  readonly display: RunDisplay
  readonly progress: RunProgress
}

/** Asks whether a phase may begin, showing what it would change, what of that is new, and what was proven before it. */
export async function askAtGate(
  phase: ResolvedPhase,
  gate: ResolvedGate,
  {
    display,
    progress,
    shown,
    since,
    forecast,
  }: Dependencies & {
    readonly forecast?: DowntimeForecast
    readonly shown: StepsPreview
    /** What changed since the last approval, line by line. */
    readonly since: readonly string[]
  },
): Promise<Choice> {
  const { steps, digest, seconds } = shown
  const proven = progress
    .evidence()
    .flatMap(({ step, evidence }) =>
      evidence ? [`- ${step} (${evidence.strength}): ${evidence.summary}`] : [],
    )
  const { choice } = await display.decisions.ask({
    decision: `gate/${phase.phase}`,
    kind: 'gate',
    title: `may "${phase.title}" begin?`,
    phase: phase.phase,
    approvers: gate.approvers,
    digest,
    withinSeconds: gate.withinSeconds,
    onExpiry: gate.otherwise,
    otherwise: { 'ask-again': 'it asks again', reject: 'it is rejected', stop: 'the run stops' }[
      gate.otherwise
    ],
    shows: [
      ...(gate.note ? [gate.note, ''] : []),
      ...(since.length > 0 ? ['**Changed since it was approved**', '', ...listed(since), ''] : []),
      ...(forecast
        ? [
            `**Visitors get nothing for about ${inSeconds(forecast.seconds)}**`,
            '',
            ...listed(forecastLines(forecast)),
            '',
          ]
        : []),
      `**What it would do**, in about ${inSeconds(seconds)}`,
      '',
      ...gateLines(steps, Date.now()),
      '',
      '**What is proven so far**',
      '',
      ...(proven.length > 0 ? proven : ['- nothing yet']),
    ],
    choices: [
      { choice: 'approve', does: `"${phase.title}" begins and does what is listed` },
      { choice: 'reject', does: 'it does not begin; all that this run did is rolled back, newest first' },
      { choice: 'stop', does: 'it does not begin; the run ends here and what was done stays' },
    ],
  })
  return choice
}

/** Asks what to do where each approval was out of date by the time it was looked again. Nothing of the phase was begun. */
export async function askAboutUnsettled(
  phase: ResolvedPhase,
  { display, since, times }: Dependencies & { readonly since: readonly string[]; readonly times: number },
): Promise<Choice> {
  const { choice } = await display.decisions.ask({
    decision: `unsettled/${phase.phase}`,
    kind: 'failed-step',
    title: `what "${phase.title}" would do changed after each of ${times} approvals`,
    phase: phase.phase,
    approvers: [],
    withinSeconds: FAILURE_ASKED_AGAIN_SECONDS,
    onExpiry: 'ask-again',
    shows: [
      'Nothing of it was begun. Something on the hosts goes on changing; at last:',
      '',
      ...listed(since),
    ],
    choices: [
      { choice: 'retry', does: 'the run looks again, and its gate opens anew' },
      { choice: 'rollback', does: 'it does not begin; all that this run did is rolled back, newest first' },
      { choice: 'stop', does: 'it does not begin; the run ends here and what was done stays' },
    ],
  })
  return choice
}

/** Asks what to do about a failed step. */
export async function askAboutFailure(
  failure: StepFailure,
  {
    display,
    phase,
    step,
    progress,
  }: Dependencies & { readonly phase: ResolvedPhase; readonly step?: ResolvedStep },
): Promise<Choice> {
  const question = failureQuestion(failure, {
    phase,
    stepsDone: progress.stepsDone(),
    ...(step ? { step } : {}),
    visitors: progress.visitors(),
  })
  return (await display.decisions.ask(question)).choice
}

/** What the question about a failed step depends on. */
export interface FailedIn {
  readonly phase: Pick<ResolvedPhase, 'phase' | 'steps'>
  readonly step?: Pick<ResolvedStep, 'success'>
  readonly stepsDone: number
  /** Whether visitors wait for the answer, in words. */
  readonly visitors: string | undefined
}

/**
 * Builds the question about a failed step. Only a step whose apply was begun can have an unknown outcome: a timeout of
 * inspect or verify is a failed read.
 */
export function failureQuestion(
  failure: StepFailure,
  { phase, step, stepsDone, visitors }: FailedIn,
): Request {
  const { type, title, host } = failure
  const unknown = type === 'OutcomeUnknown' || type === 'Timeout'
  const on = onHost(host)
  const dependents = phase.steps.filter(({ needs }) => needs.includes(failure.step)).map((one) => one.title)
  const goesOnWith = dependents.length > 0 ? ` with: ${dependents.join(', ')}` : ''
  const skip = {
    choice: 'skip',
    does: `it stays as it is, unproven, and the run goes on${goesOnWith}`,
  } as const
  const markDone = {
    choice: 'mark-done',
    does: 'it counts as done on your word, unproven, and the run goes on',
  } as const
  const {
    title: asked,
    retry,
    goOn,
    undone,
  } = {
    title: unknown
      ? `nobody can know whether step ${failure.step}${on} did its work`
      : `step ${failure.step}${on} failed`,
    retry: `"${title}" is tried again${unknown ? ': if it did its work, it may do it twice' : ''}, then the run goes on`,
    goOn: unknown ? markDone : skip,
    undone: stepsAndThis(stepsDone),
    ...(type === 'InspectTimedOut' && {
      title: `inspect of step ${failure.step}${on} timed out`,
      retry: `"${title}" is inspected again and carried out, then the run goes on`,
      undone: steps(stepsDone),
    }),
    ...(type === 'VerifyTimedOut' && {
      title: `verify of step ${failure.step}${on} timed out`,
      retry: `"${title}" is verified again; its change is not made again. Then the run goes on`,
      goOn: markDone,
    }),
  }
  return {
    decision: `failed/${failure.step}~${failure.attempt}`,
    kind: unknown ? 'unknown-outcome' : 'failed-step',
    title: asked,
    phase: phase.phase,
    step: failure.step,
    host,
    approvers: [],
    withinSeconds: FAILURE_ASKED_AGAIN_SECONDS,
    onExpiry: 'ask-again',
    shows: [
      `**${title}**${on}, try ${failure.attempt}, failed at ${clock(failure.at)}:`,
      '',
      '```',
      failure.message,
      '```',
      ...(step?.success ? ['', `It is done when: ${step.success}`] : []),
      '',
      ...(visitors === undefined ? [] : [visitors, '']),
      'Until somebody answers, nothing more is changed by this phase.',
    ],
    choices: [
      { choice: 'retry', does: retry },
      goOn,
      { choice: 'rollback', does: `all that this run did (${undone}) is undone, newest first` },
      { choice: 'stop', does: 'the run ends here; what was done stays and can be rolled back later' },
    ],
  }
}

function listed(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `- ${line}`)
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
