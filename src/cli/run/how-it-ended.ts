import { meaningOf } from '../../workflows/run-states.ts'
import { between } from '../rendering/time.ts'
import { firstLine } from '../rendering/columns.ts'
import { lapsedDecisions, rollbackOf, stateOf } from './snapshot.ts'
import type { Lifetime, RunSnapshot, Termination } from './snapshot.ts'

/** Why a run ended where it did not succeed, in one phrase. `clock` formats an ISO time. */
export function whyItEnded(snapshot: RunSnapshot, clock: (iso: string) => string): string | undefined {
  const { status, failure } = snapshot
  const { isOpen, exit, changes } = meaningOf(stateOf(snapshot))
  if (isOpen || exit === 'done' || changes === 'undone') return undefined
  const rollback = rollbackOf(snapshot)
  if (rollback?.terminated) return `the rollback was ${terminatedText(rollback, clock)}`
  if (rollback) return rollback.status.detail ?? rollback.failure?.message
  if (snapshot.terminated) return terminatedText(snapshot, clock)
  // The text of a refusal is in the failure; the status has one sentence.
  if (exit === 'refusal') return failure?.message ?? status.detail
  return expiredText(snapshot) ?? status.detail ?? (failure && firstLine(failure.message))
}

/** `TERMINATED at 2026-11-21 23:21:07 by root ("looked stuck")`. */
function terminatedText(
  { terminated = { by: '', reason: '' }, endedAt = '' }: Lifetime,
  clock: (iso: string) => string,
): string {
  return `TERMINATED at ${clock(endedAt)}${byAndWhy(terminated)}`
}

export function byAndWhy({ by, reason }: Termination): string {
  return `${by === '' ? '' : ` by ${by}`}${reason === '' ? '' : ` ("${reason}")`}`
}

/** Which question nobody answered within its time. */
function expiredText({ status }: RunSnapshot): string | undefined {
  const { asked, at, via } = status.answers.findLast(({ taken }) => taken) ?? {}
  if (via !== 'timeout' || !asked || at === undefined) return undefined
  return `nobody answered within ${between(asked.since, at)}: ${asked.title}`
}

/** What a run that was ended from outside no longer waits for. One sentence for each. */
export function lapsedLines(snapshot: RunSnapshot): string[] {
  return lapsedDecisions(snapshot).map(
    ({ title }) => `Answers have no effect any more. It had asked: ${title}`,
  )
}

/** Whether visitors are without an answer now. */
export function visitorsOf(snapshot: RunSnapshot): string | undefined {
  return rollbackOf(snapshot)?.status.visitors ?? snapshot.status.visitors
}
