import { readConfig } from '../src/config.ts'
import { findTemporalBinary } from '../src/embedded/temporal-binary.ts'

/** The `temporal` program of this user, fetched once: into the home of each stage it would be fetched every time. */
export async function temporalProgram(): Promise<string> {
  return await findTemporalBinary(readConfig(), () => undefined)
}
