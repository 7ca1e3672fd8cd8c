import type { Flow } from './flow.ts'

type Row = readonly [
  name: string,
  help: string,
  type: 'gauge' | 'counter',
  samples: readonly (readonly [string, number])[],
]

/** The flow in the text format of Prometheus. */
export function metricsOf({ totals, sizes, daemon, alerts }: Flow): string {
  const rows: Row[] = [
    ['bus_up', 'Whether the database answers', 'gauge', [['', totals ? 1 : 0]]],
    ['bus_daemon_up', 'Whether the daemon answers', 'gauge', [['', daemon ? 1 : 0]]],
    ['bus_alerts', 'Conditions that a person should know of', 'gauge', [['', alerts.length]]],
  ]
  if (totals)
    rows.push(
      [
        'bus_messages',
        'Messages in the bus, by status',
        'gauge',
        [
          ['{status="pending"}', totals.pending],
          ['{status="delivered"}', totals.delivered],
          ['{status="error"}', totals.errors],
        ],
      ],
      ['bus_observed', 'Messages in the bus that the watcher observed', 'gauge', [['', totals.observed]]],
      ['bus_damaged', 'Messages in the bus whose SHA-256 does not match', 'gauge', [['', totals.damaged]]],
      ['bus_inline', 'Messages in the bus that came inline', 'gauge', [['', totals.inline]]],
      ['bus_bytes', 'Bytes of the messages in the bus, before compression', 'gauge', [['', totals.bytes]]],
      ['bus_stored_bytes', 'Bytes of the bodies in the bus, as stored', 'gauge', [['', totals.stored_bytes]]],
      [
        'bus_messages_by_size',
        'Messages in the bus, by size',
        'gauge',
        sizes.map(({ size_class, messages }) => [`{size="${size_class}"}`, messages] as const),
      ],
      [
        'bus_oldest_pending_seconds',
        'Age of the oldest pending message',
        'gauge',
        [['', totals.oldest_pending_seconds]],
      ],
      [
        'bus_oldest_unobserved_seconds',
        'Age of the oldest message without an observation',
        'gauge',
        [['', totals.oldest_unobserved_seconds]],
      ],
      [
        'bus_removed_total',
        'Messages that the cleaner removed',
        'counter',
        [
          ['{was="delivered"}', totals.removed_delivered],
          ['{was="not delivered"}', totals.removed_expired],
        ],
      ],
    )
  if (daemon)
    rows.push(
      [
        'bus_daemon_breaker_closed',
        'Whether the circuit breaker of the daemon is closed',
        'gauge',
        [['', daemon.breaker.state === 'closed' ? 1 : 0]],
      ],
      [
        'bus_daemon_breaker_openings_total',
        'How often it opened',
        'counter',
        [['', daemon.breaker.openings]],
      ],
      ['bus_daemon_spooled', 'Messages that wait in the spool for the bus', 'gauge', [['', daemon.spooled]]],
      ['bus_daemon_connections', 'Open WebSocket connections', 'gauge', [['', daemon.connections]]],
    )
  return rows
    .map(([name, help, type, samples]) => {
      const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`)
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
    })
    .join('')
}
