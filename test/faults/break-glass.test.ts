import { afterAll, beforeAll } from 'vitest'
import { layGuestbook } from '../../testbed/guestbook.ts'
import type { GuestbookFacts } from '../../testbed/guestbook.ts'
import { openStage } from '../../testbed/run-stage.ts'
import type { Stage } from '../../testbed/run-stage.ts'
import { newMachine, tellOfGuestbookUndoneByHand } from '../e2e/guestbook-by-hand.ts'
import type { NewMachine } from '../e2e/guestbook-by-hand.ts'
import { guestbookSteps } from '../e2e/guestbook-plan.ts'

let stage: Stage
let facts: GuestbookFacts
let machine: NewMachine
beforeAll(async () => {
  stage = await openStage()
  facts = await layGuestbook(stage.testHost)
  machine = await newMachine(stage)
})
afterAll(() => stage.close())

tellOfGuestbookUndoneByHand(await guestbookSteps(), () => ({ stage, facts, machine }))
