/** The phases and steps of a snapshot, from what each of their workflows says. */
import type { HeartbeatDetails } from '../../host/host.ts'
import type { PhaseStatus, RunStatus, StepState, StepStatus } from '../../workflows/status.ts'
import { numbered } from '../../workflows/messages.ts'
import { isPartial } from '../../workflows/quorum.ts'
import { meaningOf } from '../../workflows/run-states.ts'
import { answerIn, stateOf } from './snapshot.ts'
import type { PhaseOutline, PhaseSnapshot, RollbackSnapshot, RunSnapshot, StepSnapshot } from './snapshot.ts'

/** The workflows of all attempts of a phase, oldest first: `run/phase`, `run/phase~2`, up to the one named. */
export function attemptsUpTo(workflowId: string): string[] {
  const [, first = workflowId, last = '1'] = /^(.*)~(\d+)$/.exec(workflowId) ?? []
  return Array.from({ length: Number(last) }, (_, index) => numbered(first, index + 1))
}

/** The steps of a phase in plan order, with the state of the last attempt; `answers` show which people passed over. */
export function stepsOf(
  outline: PhaseOutline,
  attempts: readonly PhaseStatus[],
  answers: RunStatus['answers'],
): StepSnapshot[] {
  const latest = new Map<string, StepStatus>()
  for (const { steps } of attempts) for (const step of steps) latest.set(step.step, step)
  return outline.steps.map((planned) => {
    const last = latest.get(planned.step) ?? { state: 'waiting' as const, attempt: 1 }
    const status = { ...planned, ...last }
    const passed = status.state === 'failed' ? passedOver(status, answers) : undefined
    return passed === undefined ? status : { ...status, state: passed }
  })
}

/** The states of a step whose proof people passed over, by their answer. */
const PASSED_OVER: Readonly<Record<string, StepState>> = { skip: 'skipped', 'mark-done': 'marked-done' }

function passedOver({ step, attempt }: StepStatus, answers: RunStatus['answers']): StepState | undefined {
  const taken = answers.filter((one) => one.taken && !isPartial(one)).map(({ answer }) => answerIn(answer))
  const answer = taken.find(
    ({ decision, choice = '' }) => decision === `failed/${step}~${attempt}` && choice in PASSED_OVER,
  )
  return PASSED_OVER[answer?.choice ?? '']
}

const WORKING: readonly StepState[] = ['inspecting', 'applying', 'running', 'verifying', 'holding']

export function isWorking({ state }: Pick<StepStatus, 'state'>): boolean {
  return WORKING.includes(state)
}

/** Adds the heartbeats of running activities to their steps. */
export function withBeats(
  steps: readonly StepSnapshot[],
  beats: readonly HeartbeatDetails[],
): readonly StepSnapshot[] {
  const working = steps.filter(isWorking)
  const alone = working.length === 1 && beats.length === 1 ? beats[0] : undefined
  return steps.map((step) => {
    if (!working.includes(step)) return step
    const beat = beats.find((one) => stepsNamedIn(one).includes(step.step)) ?? alone
    return beat ? { ...step, beat } : step
  })
}

/** A token is run, phase, step, attempt and name, joined by `_`. */
function stepsNamedIn({ offsets = {}, held }: HeartbeatDetails): string[] {
  if (held) return [held.step]
  return Object.keys(offsets).flatMap((token) => token.split('_')[2] ?? [])
}

/** The phases as rollbacks left them; a step that failed stays named as failed. */
export function asRolledBack(
  phases: readonly PhaseSnapshot[],
  rollbacks: readonly RollbackSnapshot[],
): readonly PhaseSnapshot[] {
  const undone = new Set(
    rollbacks.flatMap(({ steps }) => steps.filter(({ state }) => state === 'undone').map(({ step }) => step)),
  )
  const undonePhases = rollbacks.flatMap(({ status }) =>
    status.phases.filter(({ state }) => state === 'undone'),
  )
  return phases.map((phase) => ({
    ...phase,
    state: undonePhases.some((one) => one.phase === phase.phase) ? 'undone' : phase.state,
    steps: phase.steps.map((step) =>
      undone.has(step.step) && step.state !== 'failed' ? { ...step, state: 'undone' as const } : step,
    ),
  }))
}

/** The steps that clears have undone. Their evidence stays: it was true when it was found. */
export function asCleared(
  phases: readonly PhaseSnapshot[],
  clears: readonly RollbackSnapshot[],
): readonly PhaseSnapshot[] {
  const undone = new Set(
    clears.flatMap(({ steps }) => steps.filter(({ state }) => state === 'undone').map(({ step }) => step)),
  )
  return phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map((step) =>
      undone.has(step.step) && step.state === 'done' ? { ...step, state: 'cleared' as const } : step,
    ),
  }))
}

/** Whether the run carried a step out: `done`, or cleared since. */
export function wasDone({ state }: Pick<StepStatus, 'state'>): boolean {
  return state === 'done' || state === 'cleared'
}

/** The phases of a run that ended at `endedAt`: what was running was interrupted then, and what had not begun never will. */
export function asEnded(phases: readonly PhaseSnapshot[], endedAt: string): readonly PhaseSnapshot[] {
  return phases.map((phase) => {
    if (phase.startedAt === undefined)
      return {
        ...phase,
        state: phase.state === 'undone' ? 'undone' : 'not-begun',
        steps: phase.steps.map(stepNotBegun),
      }
    const end = phase.endedAt ?? endedAt
    const isCut = phase.state === 'running' || phase.state === 'clearing'
    return {
      ...phase,
      endedAt: end,
      state: isCut ? 'interrupted' : phase.state,
      steps: phase.steps.map((step) => (isWorking(step) ? interrupted(step, end) : stepNotBegun(step))),
    }
  })
}

function stepNotBegun(step: StepSnapshot): StepSnapshot {
  return step.state === 'waiting' ? { ...step, state: 'not-begun' } : step
}

function interrupted({ beat: _, nextAttempt: __, ...step }: StepSnapshot, endedAt: string): StepSnapshot {
  const failure = 'the run ended meanwhile; the outcome is unknown'
  return { ...step, endedAt: step.endedAt ?? endedAt, state: 'interrupted', failure }
}

/** Whether `failure` says how the step ended. */
export function hasFailed({ state }: Pick<StepStatus, 'state'>): boolean {
  return state === 'failed' || state === 'interrupted'
}

/** Whether a phase got past its gate. */
export function hasBegun({ state }: Pick<PhaseSnapshot, 'state'>): boolean {
  return state !== 'waiting' && state !== 'gate' && state !== 'not-begun'
}

/** Whether a run ended without a change. One of which only Temporal's own record is left may have made some. */
export function isUntouched(snapshot: RunSnapshot): boolean {
  const { isOpen, changes } = meaningOf(stateOf(snapshot))
  if (changes !== 'kept') return changes === 'nothing'
  return !isOpen && snapshot.phases.length > 0 && !snapshot.phases.some(hasBegun)
}
