import { WorkflowFailedError } from '@temporalio/client'
import type { RollbackResult } from '../src/workflows/messages.ts'
import type { Stage } from '../testbed/run-stage.ts'
import { statusOf } from '../testbed/watch-run.ts'
import type { Found } from './judge.ts'

/** The result of a run in Temporal; for a finished run that was rolled back, of its rollback. */
export async function howItEnded(
  stage: Stage,
  run: string,
): Promise<Pick<Found, 'outcome' | 'leftovers' | 'end'>> {
  const handle = stage.client.workflow.getHandle(run)
  const { status } = await handle.describe()
  if (status.name === 'RUNNING') {
    const { state, detail = '' } = await statusOf(handle)
    return { outcome: `${state} ${detail}`, leftovers: '' }
  }
  if (status.name === 'COMPLETED')
    return (await takenBack(stage, run)) ?? { outcome: status.name, leftovers: '', end: 'done' }
  const failure = await failureOf(() => handle.result())
  const { leftovers } = await statusOf(handle)
  const named = [failure, ...leftovers.map(({ what, why }) => `${what}: ${why}`)].join('\n')
  return {
    ...{ outcome: failure, leftovers: named },
    ...(failure.startsWith('RolledBack:') ? { end: 'rolled back' as const } : {}),
  }
}

async function takenBack(
  { client }: Stage,
  run: string,
): Promise<Pick<Found, 'outcome' | 'leftovers' | 'end'> | undefined> {
  const handle = client.workflow.getHandle(`${run}/rollback`)
  const description = await handle.describe().catch(() => undefined)
  if (description === undefined) return undefined
  const outcome = description.status.name
  if (outcome !== 'COMPLETED') return { outcome: await failureOf(() => handle.result()), leftovers: '' }
  // The result of the workflow rollbackRun.
  const { leftovers } = (await handle.result()) as RollbackResult
  return {
    ...{ outcome, end: 'rolled back' },
    leftovers: leftovers.map(({ what, why }) => `${what}: ${why}`).join('\n'),
  }
}

async function failureOf(result: () => Promise<unknown>): Promise<string> {
  try {
    await result()
    return 'it did not fail'
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : error
    if (!(cause instanceof Error)) return String(error)
    return `${'type' in cause ? String(cause.type) : cause.name}: ${cause.message}`
  }
}
