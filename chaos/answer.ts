import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import type { Choice, Decision, RunStatus } from '../src/workflows/status.ts'
import type { Stage } from '../testbed/run-stage.ts'
import { decide, statusOf } from '../testbed/watch-run.ts'
import { doAsItSays, mayBeApproved, offers } from '../testbed/vividwalls-on-call.ts'
import type { DrawnRun } from './draw-run.ts'
import { progressOf } from './progress.ts'

/** The state in which a run stopped. */
export type Rest =
  { readonly is: 'closed' } | { readonly is: 'asked'; readonly decision: Decision } | { readonly is: 'stuck' }

/** Answers the questions of one run, and records those that are not gates. */
export interface OnCall {
  /** Answers until the run has ended, asks what nobody can answer, or is stuck. */
  readonly untilItRests: () => Promise<Rest>
  readonly asked: readonly string[]
  readonly isRollingBack: () => boolean
  /** The observed share of completed steps; during a rollback, of undone phases. */
  readonly progress: () => number
  readonly progressBack: () => number
}

const MOST_RETRIES = 12

/**
 * Approves all gates except the one to be rejected. Retries a failed step after following its hint, up to the drawn number
 * of times, then rolls back. A run without news for `stuckMinutes` is stuck.
 */
export function onCall(
  stage: Stage,
  run: string,
  { turn, retries, stuckMinutes }: Pick<DrawnRun, 'turn' | 'retries'> & { readonly stuckMinutes: number },
): OnCall {
  const asked: string[] = []
  let rollingBack = false
  const progress = { forward: 0, back: 0 }
  const handles = (): readonly WorkflowHandle[] =>
    [run, `${run}/rollback`, `${run}/rollback~2`].map((id) => stage.client.workflow.getHandle(id))

  const answerTo = async (decision: Decision): Promise<Choice | undefined> => {
    const { kind, phase, title, happened, shows } = decision
    if (kind === 'gate' && turn?.is === 'rejected' && turn.gate === phase) return 'reject'
    if (mayBeApproved(decision)) return 'approve'
    asked.push(`${title}: ${[happened, ...shows].join(' ').slice(0, 600)}`)
    // Asked again while the engine is away.
    await doAsItSays(stage, decision).catch(() => undefined)
    if (asked.length <= retries && offers(decision, 'retry')) return 'retry'
    if (offers(decision, 'rollback')) return 'rollback'
    return asked.length <= retries + MOST_RETRIES && offers(decision, 'retry') ? 'retry' : undefined
  }

  const untilItRests = async (): Promise<Rest> => {
    let [news, since] = ['', Date.now()]
    while (Date.now() < since + stuckMinutes * 60_000) {
      const observed = await Promise.all(handles().map(observe))
      if (observed.every(({ state }) => state === 'closed' || state === 'none')) return { is: 'closed' }
      rollingBack ||= observed.some(({ isRollingBack }) => isRollingBack)
      for (const { said } of observed) if (said) Object.assign(progress, await progressOf(stage, said))
      for (const { handle, decisions } of observed) {
        for (const decision of decisions) {
          const choice = await answerTo(decision)
          if (choice === undefined) return { is: 'asked', decision }
          // Accepted, refused or interrupted: the next read shows whether the question is still open.
          await decide(handle, decision, choice).catch(() => undefined)
        }
      }
      const now = JSON.stringify(observed.map(({ state, length }) => [state, length]))
      if (now !== news) [news, since] = [now, Date.now()]
      await wait(150)
    }
    return { is: 'stuck' }
  }
  return {
    ...{ asked, untilItRests, isRollingBack: () => rollingBack },
    ...{ progress: () => progress.forward, progressBack: () => progress.back },
  }
}

interface Observed {
  readonly handle: WorkflowHandle
  readonly state: 'open' | 'closed' | 'none' | 'away'
  /** The length of its history and of its children's. Growth is news. */
  readonly length: string
  readonly said?: RunStatus
  readonly decisions: readonly Decision[]
  readonly isRollingBack: boolean
}

async function observe(handle: WorkflowHandle): Promise<Observed> {
  const none = { handle, length: '', decisions: [], isRollingBack: false }
  try {
    const { status, historyLength } = await handle.describe()
    if (status.name !== 'RUNNING') return { ...none, state: 'closed' }
    // Queries need a worker.
    const said = await Promise.race([
      statusOf(handle).catch(() => undefined),
      wait(10_000, undefined, { ref: false }),
    ])
    return {
      ...{ handle, state: 'open', length: `${historyLength} ${said?.state ?? ''} ${said?.detail ?? ''}` },
      ...(said === undefined ? {} : { said }),
      decisions: said?.decisions ?? [],
      isRollingBack: said?.state === 'rolling-back',
    }
  } catch (error) {
    const isNone = error instanceof Error && error.name === 'WorkflowNotFoundError'
    return { ...none, state: isNone ? 'none' : 'away' }
  }
}
