import type { RunStatus, StepOutline } from '../../workflows/status.ts'
import type { RunEvent } from './events.ts'

/** A step in a rollback, with the times of its undo. */
export interface UndoStep extends Pick<StepOutline, 'step' | 'title' | 'host'> {
  readonly phase: string
  /** `stays`: it cannot be undone. `not-undone`: the rollback ended before, or people left it as it is. */
  readonly state: 'waiting' | 'undoing' | 'failed' | 'undone' | 'stays' | 'not-undone'
  readonly startedAt?: string
  readonly endedAt?: string
  /** Why its undo failed, or why it stays. */
  readonly why?: string
}

/** The steps of a rollback in the order of their undo, from its events; those not begun come last, newest first. */
export function undoStepsOf(
  { phases, leftovers }: Pick<RunStatus, 'phases' | 'leftovers'>,
  events: readonly RunEvent[],
  isOver: boolean,
): readonly UndoStep[] {
  const steps = phases.flatMap(({ phase, steps: of }) =>
    of.map(({ step, title, host }) => {
      const about = { phase, step, title, host }
      const own = events.filter((event) => event.phase === phase && event.step === step)
      const begun = own.findLast(({ event }) => event === 'undoing')
      if (begun) return { ...about, ...undoOf(begun, own, isOver) }
      // A step that cannot be undone has no activity; its leftover has its title.
      const stays = leftovers.find(({ what }) => what === title)
      if (stays) return { ...about, state: 'stays' as const, why: stays.why }
      return { ...about, state: isOver ? ('not-undone' as const) : ('waiting' as const) }
    }),
  )
  const begun = steps.filter(({ startedAt }) => startedAt !== undefined)
  const others = steps.filter(({ startedAt }) => startedAt === undefined).reverse()
  return [...begun.sort((one, other) => (`${one.startedAt}` < `${other.startedAt}` ? -1 : 1)), ...others]
}

type Undo = Pick<UndoStep, 'state' | 'startedAt' | 'endedAt' | 'why'>

function undoOf({ at: startedAt }: RunEvent, own: readonly RunEvent[], isOver: boolean): Undo {
  const end = own.find(({ event, at }) => at >= startedAt && (event === 'undone' || event === 'failed'))
  if (!end) return { startedAt, state: isOver ? 'not-undone' : 'undoing' }
  if (end.event === 'undone') return { startedAt, endedAt: end.at, state: 'undone' }
  return {
    startedAt,
    endedAt: end.at,
    state: isOver ? 'not-undone' : 'failed',
    ...(end.why !== undefined && { why: end.why }),
  }
}
