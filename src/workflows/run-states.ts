/** The states of a run: what each means, and which one is true of a run with its rollbacks. Pure; the one place that knows. */

/** What a state means on every surface: details, lists, commands, report, exit status. */
interface StateMeaning {
  /** One sentence for people. */
  readonly means: string
  /** Whether the run continues. */
  readonly isOpen: boolean
  /**
   * What is left of the run's changes: `nothing` was ever changed, `kept` stays and can be rolled back, `undone` was put back.
   * Of an open run: what it has done so far.
   */
  readonly changes: 'nothing' | 'kept' | 'undone'
  /** The exit status of commands that show or follow it; `refusal`: by what it was refused for. */
  readonly exit: 'done' | 'failed' | 'waits' | 'notProven' | 'refusal'
}

/** In the order of lists: what people must act on comes first. */
export const RUN_STATES = {
  'waiting-for-decision': {
    ...{ isOpen: true, changes: 'kept', exit: 'waits' },
    means: 'It waits for a person to decide. Until then it changes nothing where it asks.',
  },
  'host-unreachable': {
    ...{ isOpen: true, changes: 'kept', exit: 'done' },
    means: 'A host does not answer. The run tries again by itself; there is nothing to decide.',
  },
  'rolling-back': {
    ...{ isOpen: true, changes: 'kept', exit: 'failed' },
    means: 'What the run did is being undone, newest first.',
  },
  clearing: {
    ...{ isOpen: true, changes: 'kept', exit: 'done' },
    means: 'What a rehearsal did is being undone, newest first. Then the run goes on.',
  },
  running: {
    ...{ isOpen: true, changes: 'kept', exit: 'done' },
    means: 'Its steps are carried out.',
  },
  'waiting-for-lock': {
    ...{ isOpen: true, changes: 'kept', exit: 'done' },
    means:
      'Another run holds the lock of this stack. This one goes on once that one has ended or given it back.',
  },
  previewing: {
    ...{ isOpen: true, changes: 'nothing', exit: 'done' },
    means: 'It inspects the hosts. Nothing is changed.',
  },
  resolving: {
    ...{ isOpen: true, changes: 'nothing', exit: 'done' },
    means: 'It reads the plan. Nothing is changed.',
  },
  'rollback-incomplete': {
    ...{ isOpen: false, changes: 'kept', exit: 'failed' },
    means: 'The rollback ended before everything was undone. It can be taken up again.',
  },
  terminated: {
    ...{ isOpen: false, changes: 'kept', exit: 'failed' },
    means: 'Somebody terminated it in Temporal. What was done stays and can be rolled back.',
  },
  failed: {
    ...{ isOpen: false, changes: 'kept', exit: 'failed' },
    means: 'It ended by an error of its own. What was done stays and can be rolled back.',
  },
  expired: {
    ...{ isOpen: false, changes: 'kept', exit: 'failed' },
    means: 'Nobody answered in time, so it ended. What was done stays and can be rolled back.',
  },
  stopped: {
    ...{ isOpen: false, changes: 'kept', exit: 'failed' },
    means: 'People ended it. What was done stays and can be rolled back.',
  },
  'done-not-proven': {
    ...{ isOpen: false, changes: 'kept', exit: 'notProven' },
    means: 'Every step is done, but people passed over the proof of at least one.',
  },
  done: {
    ...{ isOpen: false, changes: 'kept', exit: 'done' },
    means: 'Every step is done and its proof holds.',
  },
  cleared: {
    ...{ isOpen: false, changes: 'undone', exit: 'done' },
    means: 'What a rehearsal did was undone, as the plan says, and the run went on.',
  },
  'rolled-back': {
    ...{ isOpen: false, changes: 'undone', exit: 'failed' },
    means: 'What the run did was undone.',
  },
  cancelled: {
    ...{ isOpen: false, changes: 'nothing', exit: 'failed' },
    means: 'It was cancelled before its first change. Nothing was changed.',
  },
  refused: {
    ...{ isOpen: false, changes: 'nothing', exit: 'refusal' },
    means: 'It was refused before its first change. Nothing was changed.',
  },
} as const satisfies Record<string, StateMeaning>

/** The state of a run; also the value of its search attribute. */
export type RunState = keyof typeof RUN_STATES

export function meaningOf(state: RunState): StateMeaning {
  return RUN_STATES[state]
}

/** Sorts runs as lists show them: open ones by what people must act on, then closed ones. */
export function orderOf(state: RunState): number {
  return RUN_STATES[state].isOpen ? Object.keys(RUN_STATES).indexOf(state) : Object.keys(RUN_STATES).length
}

/** How Temporal says that a workflow ended; undefined while it is open. */
export type ClosedAs = 'COMPLETED' | 'FAILED' | 'TERMINATED' | 'CANCELLED' | 'TIMED_OUT' | undefined

/** A run, or one of its rollbacks: the state that the workflow wrote last, and how Temporal says that it ended. */
export interface Lived {
  readonly state: RunState
  readonly closedAs: ClosedAs
}

/** What an open rollback waits for is shown as the state of its run. */
const WAITS_OF_ROLLBACKS: readonly RunState[] = [
  'waiting-for-decision',
  'host-unreachable',
  'waiting-for-lock',
]

/** The present state of a run, also after what happened to it once it had ended. `rollbacks`: oldest first. */
export function presentState(run: Lived, rollbacks: readonly Lived[]): RunState {
  const last = rollbacks.findLast(({ state }) => mayHaveUndone(state))
  // An open run shows what its rollback waits for.
  if (!last || run.closedAs === undefined) return stateOfOne(run)
  if (last.closedAs === 'COMPLETED') return 'rolled-back'
  if (last.closedAs !== undefined) return 'rollback-incomplete'
  return WAITS_OF_ROLLBACKS.includes(last.state) ? last.state : 'rolling-back'
}

/** Whether a rollback in this state counts: a rejected or refused one has undone nothing. */
export function mayHaveUndone(state: RunState): boolean {
  return state !== 'stopped' && state !== 'refused'
}

/** The state of a workflow that may have ended without writing its last state. */
function stateOfOne({ state, closedAs }: Lived): RunState {
  if (closedAs === undefined) return state
  if (state === 'rolling-back') return 'rollback-incomplete'
  if (closedAs === 'TERMINATED') return 'terminated'
  if (!RUN_STATES[state].isOpen) return state
  return closedAs === 'COMPLETED' ? 'done' : closedAs === 'CANCELLED' ? 'cancelled' : 'failed'
}
