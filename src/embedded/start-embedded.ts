import type { Ports } from '../config.ts'
import { stopAll } from './bring-up.ts'
import { freePorts } from './ports.ts'
import { startServer } from './temporal-server.ts'

/** A Temporal server of one's own, for tests and the demo. */
export interface Embedded {
  readonly address: string
  readonly uiAddress: string
  /** Stops the server, and the worker if the CLI started one in the same home. The home stays. */
  readonly stop: () => Promise<void>
}

/**
 * Starts the real server with its database in `home`, on free ports unless some are given; it answers when this
 * returns. A second server in the same home is a defect of the caller. @throws BinaryMissing · NotReady
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
