import { expect, it } from 'vitest'
import { check } from './model/check.ts'
import { flaws, over, stepsWith, wrong } from './model/protocol.ts'
import type { Flaw } from './model/protocol.ts'
import { firstWorld } from './model/world.ts'

/** How often each client asks for the command: all there is to two of them comes up at this size, in a few seconds. */
const SOUND = [2, 1]
/** Every flaw shows with one alone. */
const FLAWED = [2]

const told: Readonly<Record<Flaw, string>> = {
  'claim looks, then takes': 'it begins after it was told as stopped',
  'end is told before it is durable': 'exited is told, and a power cut would lose it',
  'a follower tells what is not durable': 'exited is told, and a power cut would lose it',
  'the command begins before its start is durable': 'a record is lost',
  'judge looks once for the end': 'interrupted is told, and its end is recorded',
  'cancel looks once': 'it begins after it was told as stopped',
  'none after begun is begun again': 'it begins after it was told as stopped',
  'a zombie lives': 'it can never end',
}

it('in every interleaving the command begins at most once, and what is told of it is so and stays so', () => {
  const checked = check(firstWorld(SOUND), { steps: stepsWith(), wrong, over })
  expect(checked.wrong).toBeUndefined()
  // A model in which little can happen proves little.
  expect(checked.worlds).toBeGreaterThan(100_000)
})

it.each(flaws)('a protocol in which %s is found out', (flaw) => {
  const checked = check(firstWorld(FLAWED), { steps: stepsWith(flaw), wrong, over })
  expect(checked.wrong?.why).toBe(told[flaw])
})
