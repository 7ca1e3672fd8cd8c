import { afterAll, beforeAll, expect, it } from 'vitest'
import { layBus } from '../../testbed/bus.ts'
import type { BusFacts } from '../../testbed/bus.ts'
import { answerToTheEnd } from '../../testbed/plan-phases.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { failureOf } from '../../testbed/watch-run.ts'

let stage: Stage
let facts: BusFacts
beforeAll(async () => {
  stage = await openStage({ images: 'apps', ports: [8765] })
  facts = await layBus(stage.testHost)
})
afterAll(() => stage.close())

it('the message bus › ladder › with the limits of the plan: a breaker of 60 s, 100 MB, frames of 32 MB', async () => {
  const { breaker_seconds: _, max_payload_mb: __, frame_limit_mb: ___, ...inputs } = facts.inputs
  const run = await stage.start('message-bus', { id: 'limits', inputs })
  const decisions = await answerToTheEnd(run, () => 'reject', {
    by: 'lead',
    seconds: 1440,
  })
  expect(decisions.map(({ decision }) => decision)).toEqual(['gate/beside'])
  expect((await failureOf(run)).type).toBe('RolledBack')
  const shown = (await stage.cli('show', 'limits')).stdout.replaceAll(/\s+/g, ' ')
  expect(shown).toMatch(
    /half-open 6\d\.\d s after it opened, and is closed; 38 inline and 2 sent again .*: 0 lost, 0 doubled/,
  )
  expect(shown).toContain(
    'refused by its id at 100 MB, 0 rows stored; a frame above 32 MB: connection closed with 1009',
  )
}, 900_000)
