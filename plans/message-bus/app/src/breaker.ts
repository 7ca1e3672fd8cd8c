import { CircuitState, circuitBreaker, ConsecutiveBreaker, handleWhen, isBrokenCircuitError } from 'cockatiel'
import type { Settings } from './config.ts'
import { BusAway } from './errors.ts'
import type { Log } from './log.ts'

/** What the breaker did, for /health. Times are ISO 8601, of the last change to that state. */
export interface BreakerFacts {
  readonly state: 'closed' | 'open' | 'half-open'
  readonly openings: number
  /** The failures in a row that opened it last, when it was closed. */
  readonly failures: number
  readonly openedAt?: string
  readonly halfOpenAt?: string
  readonly closedAt?: string
}

export interface Breaker {
  /** Runs the work, or not while the breaker is open. @throws BusAway for both, or the error of the work */
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>
  readonly facts: () => BreakerFacts
}

/** Opens after so many BusAway in a row; other errors do not count. Half-open after its time: one attempt closes or opens it. */
export function createBreaker(
  { breakerThreshold, breakerTimeoutSecs }: Pick<Settings, 'breakerThreshold' | 'breakerTimeoutSecs'>,
  log: Log,
): Breaker {
  const policy = circuitBreaker(
    handleWhen((error) => error instanceof BusAway),
    {
      halfOpenAfter: breakerTimeoutSecs * 1000,
      breaker: new ConsecutiveBreaker(breakerThreshold),
    },
  )
  let facts: Omit<BreakerFacts, 'state'> = { openings: 0, failures: 0 }
  let failures = 0
  let wasClosed = true
  const now = () => new Date().toISOString()
  policy.onFailure(({ handled }) => {
    if (handled) failures += 1
  })
  policy.onSuccess(() => (failures = 0))
  policy.onBreak(() => {
    facts = { ...facts, openings: facts.openings + 1, openedAt: now(), ...(wasClosed && { failures }) }
    wasClosed = false
    log.warn({ failures, seconds: breakerTimeoutSecs }, 'circuit breaker opened')
  })
  policy.onHalfOpen(() => {
    facts = { ...facts, halfOpenAt: now() }
    log.info('circuit breaker is half-open')
  })
  policy.onReset(() => {
    facts = { ...facts, closedAt: now() }
    wasClosed = true
    log.info('circuit breaker closed')
  })
  return {
    run: async (work) => {
      try {
        return await policy.execute(work)
      } catch (error) {
        if (isBrokenCircuitError(error)) throw new BusAway('the circuit breaker is open')
        throw error
      }
    },
    facts: () => ({ state: stateOf(policy.state), ...facts }),
  }
}

function stateOf(state: CircuitState): BreakerFacts['state'] {
  if (state === CircuitState.Closed) return 'closed'
  return state === CircuitState.HalfOpen ? 'half-open' : 'open'
}
