/** The metrics of this product. Plain data: workflows and workers write them, docs/monitoring.md lists them. */

interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** None has a value without bounds: no run, no step. */
  readonly labels: readonly string[]
  readonly means: string
}

/** Labels of the SDK come with those that workflows count: `workflowType`, `namespace`, `taskQueue`. */
export const METRICS = {
  reinstate_runs_ended_total: {
    ...{ type: 'counter', labels: ['what', 'state'] },
    means: 'Ended runs, and ended rollbacks and clears, by their last state',
  },
  reinstate_steps_total: {
    ...{ type: 'counter', labels: ['kind', 'result'] },
    means: 'Ended steps: done, unchanged (nothing to do), failed, unknown (outcome), undone, not-undone',
  },
  reinstate_step_retries_total: {
    ...{ type: 'counter', labels: ['kind'] },
    means: 'Attempts after a failed one, without people',
  },
  reinstate_bytes_copied_total: {
    ...{ type: 'counter', labels: ['kind'] },
    means: 'Bytes that steps put in place, as their verifications counted them',
  },
  reinstate_answers_total: {
    ...{ type: 'counter', labels: ['kind', 'result'] },
    means: 'Answers to decisions: taken, refused, or expired',
  },
  reinstate_step_duration_seconds: {
    ...{ type: 'histogram', labels: ['kind', 'operation', 'result'] },
    means:
      'The time of one inspect, apply, verify, hold or undo; result: ok, failed, unknown, unreachable, stopped',
  },
  reinstate_host_requests_total: {
    ...{ type: 'counter', labels: ['host'] },
    means: 'Requests to a host: round trips',
  },
  reinstate_host_connections_total: {
    ...{ type: 'counter', labels: ['host', 'result'] },
    means: 'Connections: made, failed, lost',
  },
  reinstate_runs: {
    ...{ type: 'gauge', labels: ['state'] },
    means: 'Open runs by state. Each worker reports all of them: use max',
  },
  reinstate_decisions_open: {
    ...{ type: 'gauge', labels: ['kind'] },
    means: 'Open decisions. Each worker reports all of them: use max',
  },
  reinstate_decision_age_seconds: {
    ...{ type: 'gauge', labels: ['kind'] },
    means: 'The age of the oldest open decision; 0 if none is open',
  },
  reinstate_locks: {
    ...{ type: 'gauge', labels: ['state'] },
    means: 'Locks that are held, and runs that wait for one',
  },
  reinstate_lock_age_seconds: {
    ...{ type: 'gauge', labels: [] },
    means: 'The age of the lock that is held longest; 0 if none is held',
  },
  reinstate_refreshed_timestamp_seconds: {
    ...{ type: 'gauge', labels: [] },
    means: 'When the worker last read the open runs from Temporal, in seconds since 1970',
  },
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof METRICS

/** The types of workflow that have a page, as logs and metrics name them. */
export const PAGES: Readonly<Record<string, string>> = {
  runPlan: 'run',
  rollback: 'rollback',
  rollbackRun: 'rollback',
  clearPhases: 'clear',
}
