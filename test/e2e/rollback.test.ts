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

const steps = inDepth(await guestbookSteps(), ['database', 'stop-old', 'live'])

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

    // A database that was started on its volume has written to it: kept, and named.
    const differences = diffFingerprints(before, await fingerprint(stage.testHost))
    const kept = `guestbook_db_${id}`
    expect(differences.filter((line) => !line.includes(kept))).toEqual([])
    if (differences.length > 0) expect(message).toContain(kept)
    const live = await stage.testHost.exec('curl -s http://127.0.0.1:8080/api/entries/summary')
    expect(live.stdout).toContain(`"rows": ${facts.brokenRows}`)
  })
})
