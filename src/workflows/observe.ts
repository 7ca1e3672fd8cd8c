/**
 * What workers log and count of workflows. The SDK leaves it out in a replay, and none of it is a command: it is not in the
 * history. Texts are those that the history holds too, where secrets are replaced.
 */
import { log, metricMeter, workflowInfo } from '@temporalio/workflow'
import type { ResolvedStep } from '../plan/plan.ts'
import type { RunRef, StepFailure, StepResult } from './messages.ts'
import { METRICS, PAGES } from './metrics.ts'
import type { MetricName } from './metrics.ts'
import { meaningOf } from './run-states.ts'
import type { Decision, RecordedAnswer, RunState, RunStatus } from './status.ts'
import { firstLine } from './text.ts'

/** A run, rollback or clear has begun. */
export function observeStart({ run }: RunRef, by: string | undefined): void {
  log.info(`${page()} started`, { run, ...(by !== undefined && { by }) })
}

/** It shows another state. */
export function observeState(run: string, { state, detail }: Pick<RunStatus, 'state' | 'detail'>): void {
  const shown = { run, state, ...(detail !== undefined && { detail: firstLine(detail) }) }
  const { isOpen, exit } = meaningOf(state)
  if (isOpen) return log.info(WAITS.includes(state) ? `${page()} waits` : `${page()} state changed`, shown)
  const seconds = (Date.now() - workflowInfo().runStartTime.getTime()) / 1000
  log[exit === 'done' ? 'info' : 'warn'](`${page()} ended`, { ...shown, seconds })
  count('reinstate_runs_ended_total', { what: page(), state })
}

const WAITS: readonly RunState[] = ['waiting-for-decision', 'waiting-for-lock', 'host-unreachable']

/** A decision is asked for the first time. */
export function observeQuestion(run: string, asked: Pick<Decision, 'decision' | 'kind' | 'title'>): void {
  const { decision, kind, title } = asked
  log.info('decision asked', { run, decision, decisionKind: kind, title: firstLine(title) })
}

/** Somebody answered, or nobody did in time. */
export function observeAnswer(run: string, { asked, taken, via, why, answer }: RecordedAnswer): void {
  const result = !taken ? 'refused' : via === 'timeout' ? 'expired' : 'taken'
  // A refused answer is anybody's text: it is in the history, and not in a log.
  const { decision, choice, by } = taken ? (answer as Readonly<Record<string, unknown>>) : {}
  const said = { ...(taken && { decision, choice, by }), ...(why !== undefined && { why: firstLine(why) }) }
  log[taken ? 'info' : 'warn'](`answer ${result}`, { run, via, ...said })
  count('reinstate_answers_total', { kind: asked?.kind ?? 'none', result })
}

/** A step is done. Bytes count only where the step changed something. */
export function observeDone({ kind }: ResolvedStep, { nothingToDo, evidence }: StepResult): void {
  count('reinstate_steps_total', { kind, result: nothingToDo === undefined ? 'done' : 'unchanged' })
  const bytes = Number(evidence?.facts?.['bytes'])
  if (nothingToDo === undefined && bytes > 0) count('reinstate_bytes_copied_total', { kind }, bytes)
}

/** A step has failed, and people are asked. */
export function observeFailure({ kind }: ResolvedStep, { type }: Pick<StepFailure, 'type'>): void {
  const isUnknown = type === 'OutcomeUnknown' || type === 'Timeout'
  count('reinstate_steps_total', { kind, result: isUnknown ? 'unknown' : 'failed' })
}

/** A step is undone; or it cannot be, or people left it as it is. */
export function observeUndone({ kind }: ResolvedStep, { isUndone }: { readonly isUndone: boolean }): void {
  count('reinstate_steps_total', { kind, result: isUndone ? 'undone' : 'not-undone' })
}

/** A failed step is attempted again without people. */
export function observeRetry(
  run: string,
  step: Pick<ResolvedStep, 'step' | 'kind' | 'host'>,
  next: { readonly attempt: number; readonly seconds: number; readonly failure: string },
): void {
  const { step: id, kind, host } = step
  log.warn('step is attempted again', {
    run,
    step: id,
    kind,
    host,
    ...next,
    failure: firstLine(next.failure),
  })
  count('reinstate_step_retries_total', { kind })
}

function page(): string {
  return PAGES[workflowInfo().workflowType] ?? 'workflow'
}

function count(name: MetricName, labels: Readonly<Record<string, string>>, by = 1): void {
  // With the text of the table: the exporter shows the same counter of another text a second time.
  metricMeter.createCounter(name, '', METRICS[name].means).add(by, labels)
}
