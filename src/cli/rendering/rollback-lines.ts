import { presentState } from '../../workflows/run-states.ts'
import { countOf } from '../../steps/format.ts'
import type { RollbackSnapshot } from '../run/snapshot.ts'
import type { UndoStep } from '../run/undo-steps.ts'
import { columns, firstLine } from './columns.ts'
import { between } from './time.ts'

/** A rollback: each step with the time of its own undo, what stayed and why. */
export function rollbackLines(rollback: RollbackSnapshot, now: Date): string[] {
  const { workflowId, startedAt, endedAt } = rollback
  return [
    `rollback ${workflowId}: ${stateOfRollback(rollback)}, ${between(startedAt, endedAt ?? now)}`,
    ...columns(undoRows(rollback, now), '  '),
  ]
}

export function undoRows({ steps }: RollbackSnapshot, now: Date): string[][] {
  return steps.map((step) => [step.step, step.state, timeOf(step, now), aboutOf(step)])
}

/** The state of a rollback by itself. */
export function stateOfRollback({ status, closedAs }: RollbackSnapshot): string {
  return presentState({ state: status.state, closedAs }, [])
}

/** `undone: stop-old, page     left behind: 1 thing`; where it is incomplete, `not undone: folder`. */
export function undoneLine({ steps, status: { leftovers } }: RollbackSnapshot): string {
  const undone = steps.filter(({ state }) => state === 'undone').map(({ step }) => step)
  const not = steps.filter(({ state }) => state === 'not-undone').map(({ step }) => step)
  const left = leftovers.length === 0 ? 'nothing' : countOf(leftovers.length, 'thing')
  const rest = not.length === 0 ? `left behind: ${left}` : `not undone: ${not.join(', ')}`
  return `  undone: ${undone.join(', ') || 'nothing'}     ${rest}`
}

export function leftoverLines(
  leftovers: readonly { readonly what: string; readonly why: string }[],
): string[] {
  return leftovers.map(({ what, why }) => `  left behind: ${what}: ${why}`)
}

function timeOf({ startedAt, endedAt }: UndoStep, now: Date): string {
  return startedAt === undefined ? '' : between(startedAt, endedAt ?? now)
}

function aboutOf({ title, host, why, state }: UndoStep): string {
  const on = host === '' ? '' : ` (on ${host})`
  return why === undefined || state === 'undone' ? `${title}${on}` : firstLine(why)
}
