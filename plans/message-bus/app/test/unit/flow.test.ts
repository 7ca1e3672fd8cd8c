import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alertsOf } from '../../src/flow.ts'
import type { DaemonHealth, Totals } from '../../src/flow.ts'
import { pageOf } from '../../src/page.ts'

const totals: Totals = {
  messages: 0,
  pending: 0,
  delivered: 0,
  errors: 0,
  observed: 0,
  damaged: 0,
  bytes: 0,
  stored_bytes: 0,
  largest_bytes: 0,
  inline: 0,
  expired: 0,
  oldest_pending_seconds: 0,
  oldest_unobserved_seconds: 0,
  removed_delivered: 0,
  removed_expired: 0,
  cleaned_seconds_ago: null,
}
const daemon: DaemonHealth = {
  mode: 'bus',
  version: '1.0.0',
  breaker: { state: 'closed', openings: 0, failures: 0 },
  spooled: 0,
  connections: 0,
}
const alerts = (flow: Partial<Totals> | undefined, more: Partial<DaemonHealth> | undefined = {}) =>
  alertsOf(flow && { ...totals, ...flow }, more && { ...daemon, ...more }, { cleanupIntervalSecs: 10 })

describe('alerts', () => {
  it('are none while all is well', () => {
    assert.deepEqual(alerts({ oldest_pending_seconds: 59, expired: 1, cleaned_seconds_ago: 19 }), [])
  })

  it('name each condition', () => {
    assert.equal(alertsOf(undefined, undefined, { cleanupIntervalSecs: 10 }).length, 2)
    assert.match(alerts({ damaged: 2 })[0] ?? '', /^2 messages are damaged/)
    assert.match(alerts({ oldest_pending_seconds: 61 })[0] ?? '', /not delivered yet/)
    assert.match(alerts({ oldest_unobserved_seconds: 61 })[0] ?? '', /not observed yet/)
    assert.match(alerts({ expired: 3, cleaned_seconds_ago: 21 })[0] ?? '', /^3 expired messages/)
    assert.match(alerts({ expired: 3, cleaned_seconds_ago: null })[0] ?? '', /^3 expired messages/)
    assert.match(alerts({}, { spooled: 4 })[0] ?? '', /^4 messages wait in the spool/)
    assert.match(alerts({}, { breaker: { state: 'open', openings: 1, failures: 5 } })[0] ?? '', /is open/)
  })
})

describe('the page', () => {
  it('escapes what it shows, and has no outside resource', () => {
    const page = pageOf({
      at: 'now',
      totals,
      minutes: [],
      sizes: [],
      daemon: { ...daemon, version: '<script>"&' },
      alerts: [],
    })
    assert.ok(!page.includes('<script>') && page.includes('&#60;script&#62;&#34;&#38;'))
    assert.ok(!/src=|href=|url\(/.test(page))
  })
})
