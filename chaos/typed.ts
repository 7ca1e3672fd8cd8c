import { setTimeout as wait } from 'node:timers/promises'
import { exitCodes } from '../src/cli/exit-codes.ts'
import type { Stage } from '../testbed/run-stage.ts'

const TIMES = 5

/** What a command of reinstate prints. A busy machine may not answer in time: it is typed again. @throws what it says then */
export async function typed(stage: Stage, words: readonly string[], times = TIMES): Promise<string> {
  const { exitCode, stdout, stderr } = await stage.cli(...words)
  // One that was asked wrongly, or could not ask, has told nothing of the run.
  if (exitCode !== exitCodes.badInput && exitCode !== exitCodes.notReachable) return stdout + stderr
  if (times === 1) throw new Error(`reinstate ${words.join(' ')} exited ${exitCode}: ${stderr}`)
  await wait(2000)
  return await typed(stage, words, times - 1)
}
