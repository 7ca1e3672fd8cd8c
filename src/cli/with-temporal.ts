import { readConfig } from '../config.ts'
import type { Config } from '../config.ts'
import { bringUp } from '../embedded/bring-up.ts'
import { connectTo, locateTemporal } from '../embedded/connection.ts'
import type { Temporal } from '../embedded/connection.ts'
import { note } from './terminal.ts'

/** Connects to a running Temporal within five seconds; for read-only commands. @throws TemporalUnreachable */
export async function withTemporal<Result>(use: (temporal: Temporal) => Promise<Result>): Promise<Result> {
  return await closing(await connectTo(await locateTemporal(readConfig())), use)
}

/** Starts Temporal and a worker if necessary, and says so; for commands that start runs. @throws NotUp · OtherWorker */
export async function withEverythingUp<Result>(
  config: Config,
  use: (temporal: Temporal) => Promise<Result>,
): Promise<Result> {
  return await closing(await bringUp(config, note), use)
}

async function closing<Result>(
  temporal: Temporal,
  use: (temporal: Temporal) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(temporal)
  } finally {
    await temporal.close()
  }
}
