import { StepNotVerified } from '../../errors.ts'
import { amount, many, once } from '../facts.ts'
import type { Evidence } from '../step-kind.ts'

/** What tally.sh prints. Durations in milliseconds, `from` and `until` in seconds of the clock. */
export const tallyFacts = {
  ...{ reason: once, from: amount, until: amount, due: amount, asked: amount, onTime: amount },
  ...{ failed: amount, why: many, p50: amount, p95: amount, p99: amount, gap: amount },
}
export interface Tally {
  /** `expired` at the end of its time, or `stopped`. */
  readonly reason: string
  readonly from: number
  readonly until: number
  readonly due: number
  readonly asked: number
  readonly onTime: number
  readonly failed: number
  /** Number and text of the most frequent failures. */
  readonly why: readonly string[]
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly gap: number
}

export interface Limits {
  readonly failures?: number | undefined
  readonly gapMilliseconds?: number | undefined
  readonly p95Milliseconds?: number | undefined
}

const DEFAULT_GAP_MILLISECONDS = 1000
/** The share of requests that must begin on time for a verdict. */
const ON_TIME = 0.9

/** Judges a load. @throws StepNotVerified above a limit, and where the client was too slow for a verdict */
export function judge(url: string, tally: Tally, limits: Limits): Evidence {
  const { due, asked, onTime, failed, why, p50, p95, p99, gap } = tally
  if (onTime < due * ON_TIME || due === 0) {
    throw new StepNotVerified(
      `no verdict: the client itself was too slow. ${onTime} of ${due} requests began on time, and nine tenths are needed. ` +
        'Lower perSecond:, or relieve the host',
    )
  }
  const { failures = 0, gapMilliseconds = DEFAULT_GAP_MILLISECONDS, p95Milliseconds } = limits
  const problems = [
    ...(failed > failures
      ? [`${failed} of ${asked} requests failed, at most ${failures} may: ${why.join(', ')}`]
      : []),
    ...(gap > gapMilliseconds
      ? [`for ${gap} ms there was no right answer, at most ${gapMilliseconds} ms are allowed`]
      : []),
    ...(p95Milliseconds !== undefined && p95 > p95Milliseconds
      ? [`p95 is ${p95} ms, at most ${p95Milliseconds} ms are allowed`]
      : []),
  ]
  if (problems.length > 0) throw new StepNotVerified(`${url} did not bear the load`, problems)
  const [from, until] = [timeOf(tally.from), timeOf(tally.until)]
  return {
    summary:
      `${url}: ${asked} requests from ${from} until ${until}, ${failed} failed; ` +
      `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms; longest gap ${gap} ms`,
    strength: 'observed',
    facts: {
      ...{ asked, failed, from, until, longestGapMilliseconds: gap },
      ...{ p50Milliseconds: p50, p95Milliseconds: p95, p99Milliseconds: p99 },
    },
  }
}

export function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
