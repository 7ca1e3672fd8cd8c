/** A check that is held: verified again and again for a time. How far it is, and its result. Pure. */
import type { HoldTally } from '../host/host.ts'
import type { ResolvedHold } from '../plan/plan.ts'
import type { Evidence } from '../steps/step-kind.ts'

/** The longest time of one activity: twelve weeks are then some 340 of them. */
export const HOLD_CHUNK_SECONDS = 6 * 3600

export function startOfHold(at: string): HoldTally {
  return { verifications: 0, failed: 0, lastAt: at, longestFailingSeconds: 0, longestPauseSeconds: 0 }
}

/** The number of verifications in a hold, at least one. Those that were missed without a worker are made later: the hold takes longer. */
export function verificationsIn({ forSeconds, everySeconds }: ResolvedHold): number {
  return Math.ceil(forSeconds / everySeconds)
}

/** Whether all verifications are made, and the last one succeeded. */
export function isHeld(tally: HoldTally, hold: ResolvedHold): boolean {
  return tally.verifications >= verificationsIn(hold) && tally.failingSince === undefined
}

export function exceedsTolerance({ failed }: HoldTally, { tolerate }: ResolvedHold): boolean {
  return failed > tolerate
}

/** Counts a verification. `why`: why it failed; absent if it succeeded. */
export function withVerification(
  tally: HoldTally,
  { at, why }: { readonly at: string; readonly why?: string },
): HoldTally {
  const { failingSince, firstFailure, ...rest } = tally
  const longestPauseSeconds = Math.max(tally.longestPauseSeconds, secondsBetween(tally.lastAt, at))
  const longestFailingSeconds = Math.max(
    tally.longestFailingSeconds,
    failingSince === undefined ? 0 : secondsBetween(failingSince, at),
  )
  const counted = {
    ...rest,
    verifications: tally.verifications + 1,
    lastAt: at,
    longestPauseSeconds,
    longestFailingSeconds,
  }
  const first = firstFailure ?? (why === undefined ? undefined : { at, why })
  return {
    ...counted,
    ...(why !== undefined && { failed: tally.failed + 1, failingSince: failingSince ?? at }),
    ...(first && { firstFailure: first }),
  }
}

/** `held: 864 of 2,016 verifications, 1 failed (3 may fail)`. */
export function holdProgress({ verifications, failed }: HoldTally, hold: ResolvedHold): string {
  return `held: ${count(verifications)} of ${count(verificationsIn(hold))} verifications, ${failedOf(failed, hold)}`
}

/** `verified every 5 min for 7 days; 3 verifications may fail`. */
export function holdText({ forSeconds, everySeconds, tolerate }: ResolvedHold): string {
  const most = tolerate === 0 ? 'none' : `${count(tolerate)} verification${tolerate === 1 ? '' : 's'}`
  return `verified every ${span(everySeconds)} for ${span(forSeconds)}; ${most} may fail`
}

/** `1 failed (3 may fail)`. */
function failedOf(failed: number, { tolerate }: ResolvedHold): string {
  return `${failed === 0 ? 'none' : count(failed)} failed (${tolerate === 0 ? 'none' : count(tolerate)} may fail)`
}

/** `2,016 verifications in 7 days, 1 failed (3 may fail), for 5 min at most`; then the first evidence. */
export function holdEvidence(tally: HoldTally, hold: ResolvedHold, first: Evidence): Evidence {
  const { verifications, failed, firstFailure, longestFailingSeconds, longestPauseSeconds } = tally
  const most = failed === 0 ? '' : `, for ${span(longestFailingSeconds)} at most`
  const pause =
    longestPauseSeconds > 3 * hold.everySeconds
      ? `; the longest pause between two verifications was ${span(longestPauseSeconds)}`
      : ''
  return {
    summary: `${count(verifications)} verifications in ${span(hold.forSeconds)}, ${failedOf(failed, hold)}${most}${pause}; at first: ${first.summary}`,
    strength: first.strength,
    facts: {
      ...first.facts,
      ...{ verifications, failed, tolerated: hold.tolerate, longestFailingSeconds, longestPauseSeconds },
      ...(firstFailure && { firstFailureAt: firstFailure.at, firstFailure: firstFailure.why }),
    },
  }
}

/** Why a hold failed. */
export function holdFailure(tally: HoldTally, hold: ResolvedHold): string {
  const { verifications, failed, firstFailure } = tally
  const first = firstFailure ? `; the first at ${firstFailure.at}: ${firstFailure.why}` : ''
  return `${count(failed)} of ${count(verifications)} verifications failed, ${hold.tolerate === 0 ? 'none' : count(hold.tolerate)} may fail${first}`
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))
}

/** `2,016`. */
function count(number: number): string {
  return `${number}`.replace(/\B(?=(\d{3})+$)/g, ',')
}

const UNITS = [
  [86_400, 'days'],
  [3600, 'h'],
  [60, 'min'],
] as const

/** The largest unit of which there are at least two, or a whole number: `7 days`, `90 min`, `45 s`. */
function span(seconds: number): string {
  const unit = UNITS.find(([size]) => seconds >= 2 * size || (seconds >= size && seconds % size === 0))
  if (!unit) return `${seconds} s`
  const [size, name] = unit
  const number = Math.round((10 * seconds) / size) / 10
  return `${number} ${number === 1 && name === 'days' ? 'day' : name}`
}
