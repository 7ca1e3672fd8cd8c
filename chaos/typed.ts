import { setTimeout as wait } from 'node:timers/promises'
import { exitCodes } from '../src/cli/exit-codes.ts'
import type { Stage } from '../testbed/run-stage.ts'

const TIMES = 5

/** Returns the output of a reinstate command, with retries, because a busy machine may time out. @throws the last error */
export async function typed(stage: Stage, words: readonly string[], times = TIMES): Promise<string> {
  const { exitCode, stdout, stderr } = await stage.cli(...words)
  // A usage error, or an unreachable Temporal, says nothing about the run.
  if (exitCode !== exitCodes.badInput && exitCode !== exitCodes.notReachable) return stdout + stderr
  if (times === 1) throw new Error(`reinstate ${words.join(' ')} exited ${exitCode}: ${stderr}`)
  await wait(2000)
  return await typed(stage, words, times - 1)
}
