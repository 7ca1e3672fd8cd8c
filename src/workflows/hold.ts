/** A check that is held: looked at again and again for a time. How far it is, and what it has shown. Pure. */
import type { HoldTally } from '../host/host.ts'
import type { ResolvedHold } from '../plan/plan.ts'
import type { Evidence } from '../steps/step-kind.ts'

/** The longest time of one activity: twelve weeks are then some 340 of them. */
export const HOLD_CHUNK_SECONDS = 6 * 3600

export function startOfHold(at: string): HoldTally {
  return { looks: 0, wrong: 0, lastAt: at, longestWrongSeconds: 0, longestPauseSeconds: 0 }
}

/** The number of looks until the time is over, at least one. Those that no worker made are made up for, so a hold may take longer. */
export function looksIn({ forSeconds, everySeconds }: ResolvedHold): number {
  return Math.ceil(forSeconds / everySeconds)
}

/** All looks are made, and the last one was right. */
export function isHeld(tally: HoldTally, hold: ResolvedHold): boolean {
  return tally.looks >= looksIn(hold) && tally.wrongSince === undefined
}

export function exceedsTolerance({ wrong }: HoldTally, { tolerate }: ResolvedHold): boolean {
  return wrong > tolerate
}

/** Counts a look. `why`: what was wrong; absent where it was right. */
export function withLook(
  tally: HoldTally,
  { at, why }: { readonly at: string; readonly why?: string },
): HoldTally {
  const { wrongSince, firstWrong, ...rest } = tally
  const longestPauseSeconds = Math.max(tally.longestPauseSeconds, secondsBetween(tally.lastAt, at))
  const longestWrongSeconds = Math.max(
    tally.longestWrongSeconds,
    wrongSince === undefined ? 0 : secondsBetween(wrongSince, at),
  )
  const looked = { ...rest, looks: tally.looks + 1, lastAt: at, longestPauseSeconds, longestWrongSeconds }
  const first = firstWrong ?? (why === undefined ? undefined : { at, why })
  return {
    ...looked,
    ...(why !== undefined && { wrong: tally.wrong + 1, wrongSince: wrongSince ?? at }),
    ...(first && { firstWrong: first }),
  }
}

/** `864 of 2,016 looks, 1 wrong (3 are tolerated)`. */
export function holdProgress({ looks, wrong }: HoldTally, hold: ResolvedHold): string {
  return `held: ${count(looks)} of ${count(looksIn(hold))} looks, ${wrong === 0 ? 'none' : count(wrong)} wrong (${count(hold.tolerate)} are tolerated)`
}

/** `looked at every 5 min for 7 days; 3 wrong looks are tolerated`. */
export function holdText({ forSeconds, everySeconds, tolerate }: ResolvedHold): string {
  const wrong =
    tolerate === 0
      ? 'no wrong look is'
      : `${count(tolerate)} wrong ${tolerate === 1 ? 'look is' : 'looks are'}`
  return `looked at every ${span(everySeconds)} for ${span(forSeconds)}; ${wrong} tolerated`
}

/** `2,016 looks in 7 days, 1 wrong (3 were tolerated), for 5 min at most`; then the first evidence. */
export function holdEvidence(tally: HoldTally, hold: ResolvedHold, first: Evidence): Evidence {
  const { looks, wrong, firstWrong, longestWrongSeconds, longestPauseSeconds } = tally
  const most = wrong === 0 ? '' : `, for ${span(longestWrongSeconds)} at most`
  const pause =
    longestPauseSeconds > 3 * hold.everySeconds
      ? `; the longest pause between two looks was ${span(longestPauseSeconds)}`
      : ''
  return {
    summary: `${count(looks)} looks in ${span(hold.forSeconds)}, ${wrong === 0 ? 'none' : count(wrong)} wrong (${count(hold.tolerate)} were tolerated)${most}${pause}; at first: ${first.summary}`,
    strength: first.strength,
    facts: {
      ...first.facts,
      ...{ looks, wrong, tolerated: hold.tolerate, longestWrongSeconds, longestPauseSeconds },
      ...(firstWrong && { firstWrongAt: firstWrong.at, firstWrong: firstWrong.why }),
    },
  }
}

/** Why a hold failed. */
export function holdFailure(tally: HoldTally, hold: ResolvedHold): string {
  const { looks, wrong, firstWrong } = tally
  const first = firstWrong ? `; the first at ${firstWrong.at}: ${firstWrong.why}` : ''
  return `${count(wrong)} of ${count(looks)} looks were wrong, ${count(hold.tolerate)} are tolerated${first}`
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
