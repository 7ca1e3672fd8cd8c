import { readConfig } from '../src/config.ts'
import { findTemporalBinary } from '../src/embedded/temporal-binary.ts'

/** The `temporal` program of this user, downloaded once instead of into the home of each stage. */
export async function temporalProgram(): Promise<string> {
  return await findTemporalBinary(readConfig(), () => undefined)
}
