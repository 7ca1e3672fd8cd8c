import { setTimeout as wait } from 'node:timers/promises'
import { askForList, layMiyabi, NOT_ALONE } from '../testbed/miyabi.ts'
import { answerToTheEnd, approveAll } from '../testbed/plan-phases.ts'
import { openStage } from '../testbed/run-stage.ts'
import type { Stage } from '../testbed/run-stage.ts'
import type { PhaseStatus } from '../src/workflows/status.ts'
import type { Finding } from './finding.ts'

const ID = 'miyabi'
const PEOPLE = { by: ['lead', 'on-call'], seconds: 1800 }
/** Of the source document. */
const GOAL = { name: 'the limit of the source', value: 200, unit: 'ms' } as const
/** The steps of the plan that judge requests. */
const JUDGES = [
  ['green', 'load', 'the new version beside the old one'],
  ['rehearse-switch', 'rehearsal-judged', 'while a second proxy is switched'],
  ['switch', 'judged', 'while the proxy is switched'],
] as const

/**
 * The time within which 95 of 100 requests were answered, by the shipped plan with its own rate and limit, and by a client of the same
 * rate while the run is rolled back. Where a request fails or is too slow, the plan itself does not go on.
 */
export async function measureMiyabi(tell: (line: string) => void): Promise<readonly Finding[]> {
  const stage = await openStage({ images: 'apps', ports: [8080] })
  try {
    const laid = await layMiyabi(stage)
    const inputs = Object.fromEntries(Object.entries(laid.inputs).filter(([name]) => !(name in NOT_ALONE)))
    const before = await asked(stage, () => wait(20_000))
    tell(`  the old version alone: p95 ${before.p95Milliseconds.toFixed(0)} ms`)
    const run = await stage.start('miyabi-reconstruction', { id: ID, inputs })
    await answerToTheEnd(run, approveAll, PEOPLE)
    await run.result().catch(({ cause }: Error) => {
      throw new Error(cause instanceof Error ? cause.message : 'the run failed')
    })
    const judged = await Promise.all(
      JUDGES.map(async ([phase, step, what]) => finding(what, await factsOf(stage, phase, step))),
    )
    const over = await asked(stage, async () => {
      await stage.cli('rollback', ID, '--by', 'lead', '--reason', 'measured', '--detach')
      const rollback = stage.client.workflow.getHandle(`${ID}/rollback`)
      await answerToTheEnd(rollback, approveAll, PEOPLE)
      await rollback.result()
    })
    return [...judged, finding('over the rollback', { ...over, failed: over.failed.length })]
  } finally {
    await stage.close()
  }
}

type Facts = Readonly<Record<'asked' | 'failed' | 'p95Milliseconds', number>>

function finding(what: string, { asked: all, failed, p95Milliseconds }: Facts): Finding {
  return {
    part: 'miyabi',
    what: `p95 of a request, ${what}`,
    ours: { value: p95Milliseconds, unit: 'ms' },
    peer: GOAL,
    goal: { atMost: 1 },
    note: `20 requests a second: ${all}, of which ${failed} failed`,
  }
}

async function factsOf({ client }: Stage, phase: string, step: string): Promise<Facts> {
  const { steps } = await client.workflow.getHandle(`${ID}/${phase}`).query<PhaseStatus>('status')
  return steps.find((one) => one.step === step)?.evidence?.facts as unknown as Facts
}

/** @throws Error for a request that failed */
async function asked(
  stage: Stage,
  work: () => Promise<unknown>,
): ReturnType<ReturnType<typeof askForList>['stop']> {
  const client = askForList(stage.testHost)
  const error = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  const said = await client.stop()
  if (error instanceof Error) throw error
  if (said.failed.length > 0) throw new Error(`${said.failed.length} requests failed: ${said.failed[0]}`)
  return said
}
