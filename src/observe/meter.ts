import type { MetricMeter } from '@temporalio/common'
import { METRICS, PAGES } from '../workflows/metrics.ts'
import type { MetricName } from '../workflows/metrics.ts'
import { RUN_STATES } from '../workflows/run-states.ts'

type NameOf<Type extends string> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never
}[MetricName]
type Labels = Readonly<Record<string, string>>

/** Writes the metrics of this product through the exporter of the SDK; does nothing while metrics are off. */
export interface Meter {
  /** Default: by 1. */
  readonly count: (name: NameOf<'counter'>, labels: Labels, by?: number) => void
  readonly set: (name: NameOf<'gauge'>, value: number, labels?: Labels) => void
  readonly record: (name: NameOf<'histogram'>, value: number, labels: Labels) => void
}

export function openMeter(meter: MetricMeter): Meter {
  const made = new Map<string, unknown>()
  const once = <Made>(name: MetricName, make: () => Made): Made => {
    if (!made.has(name)) made.set(name, make())
    // Made here, by the same function for each name.
    return made.get(name) as Made
  }
  return {
    count: (name, labels, by = 1) =>
      once(name, () => meter.createCounter(name, '', METRICS[name].means)).add(by, labels),
    set: (name, value, labels = {}) =>
      once(name, () => meter.createGauge(name, 'float', '', METRICS[name].means)).set(value, labels),
    record: (name, value, labels) =>
      once(name, () => meter.createHistogram(name, 'float', '', METRICS[name].means)).record(value, labels),
  }
}

/**
 * Shows the counters of ended runs with 0: `increase` does not see the first event of a counter that begins with it.
 * `of`: the labels that the SDK gives what workflows count.
 */
export function beginAtZero(
  { count }: Meter,
  of: { readonly namespace: string; readonly taskQueue: string },
): void {
  for (const [workflowType, what] of Object.entries(PAGES))
    for (const [state, { isOpen }] of Object.entries(RUN_STATES))
      if (!isOpen) count('reinstate_runs_ended_total', { ...of, workflowType, what, state }, 0)
}
