import { setTimeout as wait } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { fingerprint } from '../testbed/fingerprint.ts'
import { watchTestHost, watchThisMachine } from '../testbed/argument-lists.ts'
import type { Stage } from '../testbed/run-stage.ts'
import { writingClient } from '../testbed/vividwalls-client.ts'
import { failingAtTheEndOf } from '../testbed/plan-phases.ts'
import { onCall } from './answer.ts'
import type { OnCall, Rest } from './answer.ts'
import type { DrawnRun } from './draw-run.ts'
import type { Found } from './judge.ts'
import { keepWorkerUp, killAsPlanned, untilMoment } from './kill.ts'
import type { Struck } from './kill.ts'
import { find } from './find.ts'
import { RUN } from './machine.ts'
import type { Machine } from './machine.ts'
import { oldVolumes, rowsOf } from './rows.ts'
import { typed } from './typed.ts'

export interface CarriedOut {
  readonly found: Found
  readonly struck: readonly Struck[]
  readonly asked: readonly string[]
  /** From the start of the run to its end. */
  readonly seconds: number
}

/**
 * Runs the plan on a fresh machine under a client that writes continuously, makes the drawn kills, answers the run's
 * questions, and collects the state afterwards.
 */
export async function carryOut(
  { stage, facts, inputs, wanted }: Machine,
  drawn: DrawnRun,
  { stuckMinutes }: { readonly stuckMinutes: number },
): Promise<CarriedOut> {
  const { testHost } = stage
  const before = {
    fingerprint: await fingerprint(testHost),
    rows: await rowsOf(testHost, oldVolumes(facts)),
  }
  const watches = [watchTestHost(testHost), watchThisMachine()] as const
  const client = writingClient(testHost, `${facts.urls.n8n}/webhook/orders`, {
    pauseMilliseconds: 200,
    atMost: { writes: 100_000, seconds: 7200 },
  })
  const { turn } = drawn
  const plan =
    turn?.is === 'broken'
      ? await failingAtTheEndOf(stage, { plan: 'vividwalls-restore', phase: turn.phase })
      : 'vividwalls-restore'
  const since = Date.now()
  const run = await stage.start(plan, { id: RUN, inputs })
  const answers = onCall(stage, RUN, { ...drawn, stuckMinutes })
  const { rest, struck } = await underFire(run, { stage, drawn, answers })
  const seconds = Math.round((Date.now() - since) / 1000)
  const writes = await client.stop()
  const [onTestHost, here] = await Promise.all(watches.map((watch) => watch.stop()))
  return {
    ...{ struck, asked: answers.asked, seconds },
    found: await find(stage, {
      ...{ facts, wanted, rest, before, acknowledged: writes.acknowledged },
      engineWasHit: struck.some(({ is }) => is === 'dockerd'),
      argumentLists: { onTestHost: onTestHost ?? [], here: here ?? [] },
    }),
  }
}

interface Fire {
  readonly stage: Stage
  readonly drawn: DrawnRun
  readonly answers: OnCall
}

/** From its start to its end, and through the rollback if one was drawn. */
async function underFire(
  run: WorkflowHandle,
  { stage, drawn, answers }: Fire,
): Promise<{ readonly rest: Rest; readonly struck: readonly Struck[] }> {
  let rest: Rest | undefined
  const { turn } = drawn
  const forward = {
    onTheWayBack: false,
    progress: answers.progress,
    isOver: () => rest !== undefined || answers.isRollingBack(),
  }
  const back = { onTheWayBack: true, progress: answers.progressBack, isOver: () => rest !== undefined }
  const watched = new AbortController()
  const kept = keepWorkerUp(stage, watched.signal)
  const resting = answers.untilItRests().then((came) => (rest = came))
  const cancelled = turn?.is === 'cancelled' ? cancelAt(run, turn, forward) : undefined
  const killOnTheWayBack = async () => {
    while (!back.isOver() && !answers.isRollingBack()) await wait(50)
    return await killAsPlanned(stage, drawn.faultsBack, back)
  }
  const kills = killAsPlanned(stage, drawn.faults, forward)
  if (drawn.faultsBack.length > 0) await holdTheWayBack(stage, answers, kills)
  const struck = [...(await kills), ...(await killOnTheWayBack())]
  let last = await resting
  await cancelled

  if (turn?.is === 'done and rolled back' && last.is === 'closed' && (await isDone(run))) {
    await typed(stage, ['rollback', RUN, '--detach', '--reason', 'it was drawn'])
    rest = undefined
    const again = answers.untilItRests().then((came) => (rest = came))
    struck.push(...(await killOnTheWayBack()))
    last = await again
  }
  watched.abort()
  await kept
  return { rest: last, struck }
}

const LONGEST_HELD = 12_000

/** A rollback is short: the worker is paused at its beginning until the kills of the run are made. */
async function holdTheWayBack({ worker }: Stage, answers: OnCall, kills: Promise<unknown>): Promise<void> {
  let areMade = false
  const made = kills.finally(() => (areMade = true)).catch(() => undefined)
  while (!areMade && !answers.isRollingBack()) await wait(20)
  // Repeatedly, because a kill resumes it; not for ever, because a starting worker would never come up.
  for (const until = Date.now() + LONGEST_HELD; !areMade && Date.now() < until; await wait(20))
    worker.freeze()
  worker.thaw()
  await made
}

async function cancelAt(
  run: WorkflowHandle,
  moment: Parameters<typeof untilMoment>[0],
  about: Parameters<typeof untilMoment>[1],
): Promise<void> {
  await untilMoment(moment, about)
  while (!about.isOver()) {
    const isCancelled = await run.cancel().then(
      () => true,
      () => false,
    )
    if (isCancelled) return
    // Temporal is down.
    await wait(300)
  }
}

async function isDone(run: WorkflowHandle): Promise<boolean> {
  return (await run.describe()).status.name === 'COMPLETED'
}
