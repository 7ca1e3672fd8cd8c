import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffFingerprints, fingerprint } from '../../testbed/fingerprint.ts'
import { layGuestbook } from '../../testbed/guestbook.ts'
import type { GuestbookFacts } from '../../testbed/guestbook.ts'
import { inDepth } from '../depth.ts'
import { failingAfter, guestbookInputs, guestbookSteps } from './guestbook-plan.ts'
import { openStage } from '../../testbed/run-stage.ts'
import { failureOf } from '../../testbed/watch-run.ts'
import type { Stage } from '../../testbed/run-stage.ts'

let stage: Stage
let facts: GuestbookFacts
beforeAll(async () => {
  stage = await openStage()
  facts = await layGuestbook(stage.testHost)
})
afterAll(() => stage.close())

const steps = inDepth(await guestbookSteps(), ['live'])

describe('a run that fails after any of its steps and is rolled back', () => {
  it.each(steps)('after %s: the host is as it was before', async (step) => {
    const before = await fingerprint(stage.testHost)
    const id = `after-${step}`
    const run = await stage.start(await failingAfter(stage, step), {
      id,
      inputs: await guestbookInputs(stage, facts),
    })
    const { type, message } = await failureOf(run)
    expect(type).toBe('RolledBack')
    expect(message).toContain('step breaks failed')

    // What started containers have written, to a volume or to their own layer, is kept and named.
    for (const line of diffFingerprints(before, await fingerprint(stage.testHost))) {
      const [kept = 'nothing else'] = /guestbook_db_\S+|reinstate-kept\/[^\s:]+/.exec(line) ?? []
      expect(message, line).toContain(kept)
    }
    const live = await stage.testHost.exec('curl -s http://127.0.0.1:8080/api/entries/summary')
    expect(live.stdout).toContain(`"rows": ${facts.brokenRows}`)
  })
})
