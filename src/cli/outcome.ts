import { exitCodeOf, exitCodes } from './exit-codes.ts'
import type { ExitCode } from './exit-codes.ts'
import { openDecisions, stateOf } from './story.ts'
import type { Story } from './story.ts'

/** The exit code for a run as it stands. One that still runs is no failure. */
export function exitCodeFor(story: Story): ExitCode {
  if (openDecisions(story).length > 0) return exitCodes.waits
  switch (stateOf(story)) {
    case 'refused':
      return exitCodeOf(story.failure?.cause)
    case 'failed':
    case 'stopped':
    case 'rolled-back':
    case 'rolling-back':
      return exitCodes.failed
    default:
      return exitCodes.done
  }
}
