const COUNTED = [
  'http_requests_total',
  'http_errors_total',
  'actions_total',
  'double_actions_total',
  'cache_hits_total',
  'cache_misses_total',
] as const

/** What happened since the process started. */
export interface Metrics {
  readonly count: (name: (typeof COUNTED)[number]) => void
  /** In the text format of Prometheus, with gauges that are known at this moment. */
  readonly text: (gauges: Readonly<Record<string, number>>) => string
}

export function createMetrics(): Metrics {
  const counters = new Map<string, number>(COUNTED.map((name) => [name, 0]))
  const lines = (type: string, values: Iterable<[string, number]>) =>
    [...values].map(([name, value]) => `# TYPE agents_${name} ${type}\nagents_${name} ${value}\n`).join('')
  return {
    count: (name) => counters.set(name, (counters.get(name) ?? 0) + 1),
    text: (gauges) => lines('counter', counters) + lines('gauge', Object.entries(gauges)),
  }
}
