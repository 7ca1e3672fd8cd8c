import type { WorkflowHandle } from '@temporalio/client'
import { setTimeout as wait } from 'node:timers/promises'
import { decide, statusOf } from './watch-run.ts'

interface Approving {
  /** The one attests; both approve gates. */
  readonly by: readonly [string, string]
  readonly minutes: number
  /** Called before each question is answered. */
  readonly before?: (decision: string) => Promise<void>
}

/** What http-load says where the machine had no time for its requests. Tests send their own, and judge those. */
const NO_VERDICT = /no verdict: the client itself was too slow/i
const REASON = 'the machine of the test is busy'

/**
 * Two people approve all that a run asks, one after the other, and pass over a load without a verdict. Returns the decisions,
 * in order. @throws for any other question
 */
export async function approveByTwo(
  run: WorkflowHandle,
  { by, minutes, before = async () => undefined }: Approving,
): Promise<readonly string[]> {
  const answered: string[] = []
  const deadline = Date.now() + minutes * 60_000
  while (Date.now() < deadline) {
    if ((await run.describe()).status.name !== 'RUNNING') return answered
    for (const decision of (await statusOf(run).catch(() => undefined))?.decisions ?? []) {
      if (decision.kind === 'failed-step' && NO_VERDICT.test(decision.happened)) {
        await decide(run, decision, 'skip', by[0], REASON)
        continue
      }
      if (!decision.choices.some(({ choice }) => choice === 'approve'))
        throw new Error(
          `nobody foresaw ${decision.decision}: ${decision.title}\n${decision.happened}\n${decision.shows.join('\n')}`,
        )
      answered.push(decision.decision)
      await before(decision.decision)
      for (const name of decision.kind === 'attest' ? by.slice(0, 1) : by)
        await decide(run, decision, 'approve', name, REASON)
    }
    await wait(200)
  }
  throw new Error(`${run.workflowId} did not end: ${JSON.stringify(await statusOf(run), null, 1)}`)
}
