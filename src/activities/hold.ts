import { setTimeout as wait } from 'node:timers/promises'
import { ReinstateError, StepNotVerified } from '../errors.ts'
import type { Binding, Host, HoldTally } from '../host/host.ts'
import type { ResolvedHold } from '../plan/plan.ts'
import {
  exceedsTolerance,
  HOLD_CHUNK_SECONDS,
  holdFailure,
  holdProgress,
  isHeld,
  withVerification,
} from '../workflows/hold.ts'

interface Holding {
  readonly step: string
  readonly hold: ResolvedHold
  /** How far earlier activities got. */
  readonly tally: HoldTally
  readonly binding: Pick<Binding, 'beat' | 'resume' | 'signal'>
}

/**
 * Verifies again and again, for at most six hours. The tally is in each heartbeat: the next attempt of a lost activity
 * continues from there. A verification that a host does not answer counts as failed.
 * @throws StepNotVerified as soon as more verifications have failed than are tolerated; never retried.
 */
export async function keepVerifying(
  verify: () => Promise<unknown>,
  { step, hold, binding, ...from }: Holding,
): Promise<HoldTally> {
  const { beat, resume, signal } = binding
  const until = Date.now() + HOLD_CHUNK_SECONDS * 1000
  let tally = resume?.held?.tally ?? from.tally
  const show = () => beat({ held: { step, tally }, progress: { text: holdProgress(tally, hold) } })
  for (show(); !isHeld(tally, hold); show()) {
    if (exceedsTolerance(tally, hold)) throw new StepNotVerified(holdFailure(tally, hold))
    const due = Date.parse(tally.lastAt) + hold.everySeconds * 1000
    await wait(Math.max(0, Math.min(due, until) - Date.now()), undefined, { signal })
    if (due > until) return tally
    const at = new Date().toISOString()
    const why = await whyFailed(verify, signal)
    tally = withVerification(tally, { at, ...(why === undefined ? {} : { why }) })
  }
  return tally
}

/** @throws a defect, or the abort of the activity: neither is a failed verification */
async function whyFailed(verify: () => Promise<unknown>, signal: AbortSignal): Promise<string | undefined> {
  try {
    await verify()
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ReinstateError) return error.message.split('\n')[0]
    throw error
  }
}

/** A host whose measurements are questions: weeks of verifications must not leave thousands of receipts on it. */
export function withoutReceipts(host: Host): Host {
  return {
    ...host,
    measure: async (_name, question) => {
      const stdout = await host.ask(question)
      return { exitCode: 0, stdout, stderr: '', stdoutBytes: Buffer.byteLength(stdout) }
    },
  }
}
