import { expect, it } from 'vitest'
import { check } from './model/check.ts'
import { flaws, over, stepsWith, wrong } from './model/protocol.ts'
import type { Flaw } from './model/protocol.ts'
import { firstWorld } from './model/world.ts'

/** Requests per client. This size covers all interactions of two clients, in a few seconds. */
const SOUND = [2, 1]
/** One client reveals every flaw. */
const FLAWED = [2]

const violations: Readonly<Record<Flaw, string>> = {
  'claim checks, then takes': 'it starts after it was reported as stopped',
  'an end is reported before it is durable': 'exited is reported, and a power cut would lose it',
  'a follower reports what is not durable': 'exited is reported, and a power cut would lose it',
  'the command begins before its start is durable': 'a record is lost',
  'judge checks once for the end': 'interrupted is reported, and its end is recorded',
  'cancel checks once': 'it starts after it was reported as stopped',
  'a lost record is begun again': 'it starts after it was reported as stopped',
  'a zombie counts as alive': 'it can never end',
}

it('in every interleaving the command starts at most once, and every reported state is and stays true', () => {
  const checked = check(firstWorld(SOUND), { steps: stepsWith(), wrong, over })
  expect(checked.wrong).toBeUndefined()
  // A small state space would prove little.
  expect(checked.worlds).toBeGreaterThan(100_000)
})

it.each(flaws)('detects the flaw "%s"', (flaw) => {
  const checked = check(firstWorld(FLAWED), { steps: stepsWith(flaw), wrong, over })
  expect(checked.wrong?.why).toBe(violations[flaw])
})
