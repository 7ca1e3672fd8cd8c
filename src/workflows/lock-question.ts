import { CancellationScope, isCancellation, patched } from '@temporalio/workflow'
import type { Request } from './decisions.ts'
import type { RunDisplay } from './display.ts'
import { ASKED_AGAIN_SECONDS } from './failed-step.ts'
import type { HeldLock, Waiter } from './locks.ts'
import { sentence } from './text.ts'
import { ignoreCancellation } from './watch-child.ts'

/**
 * Takes the locks for a rollback. While somebody else holds one it asks: people may end the wait, whatever led to the rollback.
 * A cancel could not, where a cancel led to it. `stop`: what that answer does.
 * @returns whether it has them; false: nothing may be undone
 */
export async function takeLocksOrStop(
  take: (waiter: Waiter) => Promise<void>,
  { display, stop }: { readonly display: RunDisplay; readonly stop: string },
): Promise<boolean> {
  const waits = new CancellationScope()
  let asks = new CancellationScope()
  let asked: string | undefined
  let number = 0
  let isStopped = false
  const ask = async (held: HeldLock): Promise<void> => {
    number += 1
    await display.decisions.ask(lockQuestion(held, { number, stop }))
    isStopped = true
    waits.cancel()
  }
  const waiter: Waiter = {
    what: 'the rollback',
    waits: (held) => {
      if (held.by === asked || !patched('rollback-asks-while-locked')) return
      asked = held.by
      asks.cancel()
      asks = new CancellationScope()
      void asks.run(() => ask(held)).catch(ignoreCancellation)
    },
  }
  try {
    await waits.run(() => take(waiter))
  } catch (error) {
    if (!(isStopped && isCancellation(error))) throw error
  } finally {
    asks.cancel()
  }
  return !isStopped
}

function lockQuestion(
  { by, run, next }: HeldLock,
  { number, stop }: { readonly number: number; readonly stop: string },
): Request {
  return {
    decision: `lock/rollback~${number}`,
    kind: 'lock',
    title: `the rollback waits for ${by}`,
    happened: `The rollback has undone nothing yet: it waits for ${sentence(by)}`,
    advice: {
      text: `Find out ${next}. The rollback begins by itself as soon as it has the lock. Answer only if it shall not.`,
    },
    phase: '',
    ...(run !== undefined && { lockedBy: run }),
    approvers: [],
    withinSeconds: ASKED_AGAIN_SECONDS,
    onExpiry: 'ask-again',
    shows: [],
    choices: [{ choice: 'stop', does: stop }],
  }
}
