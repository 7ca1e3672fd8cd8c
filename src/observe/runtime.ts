import { Runtime } from '@temporalio/worker'
import type { Config } from '../config.ts'
import { openLog, sdkLogger } from './logger.ts'
import type { Pino } from './logger.ts'

/** Seconds; a step may copy for hours. */
const STEP_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200]

/** Starts the log of this process, and its metrics if an address is set. Call it once, before any connection. */
export function installRuntime({ logLevel, metrics }: Pick<Config, 'logLevel' | 'metrics'>): Pino {
  const { log, sdk } = openLog(logLevel)
  Runtime.install({
    logger: sdkLogger(sdk),
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(metrics !== undefined && {
        metrics: {
          prometheus: {
            bindAddress: metrics,
            histogramBucketOverrides: { reinstate_step_duration_seconds: STEP_BUCKETS },
          },
          attachServiceName: false,
        },
      }),
    },
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  })
  return log
}
