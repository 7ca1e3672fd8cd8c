import type { Ports } from '../config.ts'
import { stopAll } from './bring-up.ts'
import { freePorts } from './ports.ts'
import { startServer } from './temporal-server.ts'

/** A separate Temporal server, for tests and the demo. */
export interface Embedded {
  readonly address: string
  readonly uiAddress: string
  /** Stops the server, and a worker that the CLI started in the same home. The home stays. */
  readonly stop: () => Promise<void>
}

/**
 * Starts the real server with its database in `home` and returns once it answers. Default ports: free ones. Callers start
 * one server per home. @throws BinaryMissing · NotReady
 */
export async function startEmbedded(options: {
  readonly home: string
  readonly ports?: Ports
  readonly temporalBinary?: string
}): Promise<Embedded> {
  const { home, temporalBinary = process.env['TEMPORAL_CLI_PATH'] } = options
  const ports = options.ports ?? (await freePorts())
  const { address, ui } = await startServer({ home, ports, temporalBinary }, () => undefined)
  return { address, uiAddress: ui, stop: async () => void (await stopAll(home)) }
}
