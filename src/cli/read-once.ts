import { isGrpcDeadlineError } from '@temporalio/client'
import type { Temporal } from '../embedded/connection.ts'
import { NoWorker } from '../embedded/not-up.ts'
import { workerIsUp } from '../embedded/worker-process.ts'
import { storyReader } from './read-story.ts'
import type { Story } from './story.ts'

/** Reads a run as it stands, within five seconds. @throws NoWorker: the run itself answers, on a worker · BadInput */
export async function readStory(temporal: Temporal, run: string): Promise<Story> {
  if (!(await workerIsUp(temporal))) throw new NoWorker(temporal.address)
  try {
    return await storyReader(temporal, run).read()
  } catch (error) {
    // Temporal remembers a worker for a while; the one it sent the question to is gone.
    if (isGrpcDeadlineError(error)) throw new NoWorker(temporal.address)
    throw error
  }
}
