import type { HostObserver } from '../host/channel.ts'
import type { Pino } from './logger.ts'
import type { Meter } from './meter.ts'

/** Logs lost and refused connections, and counts all of them and the requests to each host. */
export function hostObserver({ log, meter }: { readonly log: Pino; readonly meter: Meter }): HostObserver {
  const connection = (host: string, result: string) =>
    meter.count('reinstate_host_connections_total', { host, result })
  return {
    connected: (host) => {
      connection(host, 'made')
      log.debug({ host }, 'host connected')
    },
    failed: (host, reason) => {
      connection(host, 'failed')
      log.warn({ host, error: reason.slice(0, 2000) }, 'host connection failed')
    },
    lost: (host) => {
      connection(host, 'lost')
      log.warn({ host }, 'host connection lost')
    },
    asked: (host) => meter.count('reinstate_host_requests_total', { host }),
  }
}
