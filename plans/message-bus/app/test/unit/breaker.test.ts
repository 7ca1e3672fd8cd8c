import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { createBreaker } from '../../src/breaker.ts'
import { BusAway, IdTaken } from '../../src/errors.ts'
import { silent } from '../program.ts'

describe('the circuit breaker', () => {
  it('opens after so many failures in a row, tries once after its time, and closes with a success', async () => {
    const breaker = createBreaker({ breakerThreshold: 3, breakerTimeoutSecs: 0.3 }, silent)
    let attempts = 0
    const attempt = (error?: Error) =>
      breaker.run(async () => {
        attempts += 1
        if (error) throw error
      })
    const fail = () => assert.rejects(attempt(new BusAway('away')), BusAway)
    await fail()
    await fail()
    await attempt()
    await fail()
    await fail()
    // Not a failure of the bus.
    await assert.rejects(attempt(new IdTaken('x')), IdTaken)
    assert.equal(breaker.facts().state, 'closed')
    await fail()
    assert.deepEqual([breaker.facts().state, breaker.facts().failures, attempts], ['open', 3, 7])
    await assert.rejects(attempt(), /the circuit breaker is open/)
    assert.equal(attempts, 7)

    await wait(350)
    await fail()
    await assert.rejects(attempt(), /the circuit breaker is open/)
    const { openings, failures } = breaker.facts()
    assert.deepEqual([openings, failures, attempts], [2, 3, 8])
    await wait(350)
    await attempt()
    const { state, openedAt = '', halfOpenAt = '', closedAt = '' } = breaker.facts()
    assert.equal(state, 'closed')
    assert.ok(Date.parse(halfOpenAt) - Date.parse(openedAt) >= 300 && closedAt >= halfOpenAt)
  })
})
