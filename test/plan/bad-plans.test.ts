import { describe, expect, it } from 'vitest'
import { planOf, saidAgainst } from './arrange.ts'
import { badPlans, fine, gated } from './bad-inputs/plans.ts'

describe('a plan that is not right is refused, at the very word', () => {
  it.each(badPlans)('%s', async (_, plan, expected) => {
    expect(await saidAgainst({ plan })).toEqual(expected)
  })

  it('a host that the inventory does not have', async () => {
    expect(await saidAgainst({ plan: gated(fine), options: { inventory: ['on', 'two'] } })).toEqual([
      '3:9 unknown-host the inventory has no host "one" (did you mean "on"?)',
    ])
  })

  it('more than 200 steps in a phase', async () => {
    const steps = Array.from(
      { length: 201 },
      (_, index) => `- { step: s${index}, kind: script, script: "true" }`,
    )
    expect(await saidAgainst({ plan: planOf(steps.join('\n')) })).toEqual([
      '6:5 too-many-steps phase first has 201 steps, and at most 200 are possible (make two phases of it)',
    ])
  })

  it('more than a history can take, once it is written out', async () => {
    const each = Array.from({ length: 100 }, (_, index) => `v${index}`).join(', ')
    const plan = planOf(`- { step: a, each: [${each}], kind: script, script: "${'x'.repeat(20_000)}" }`)
    expect(await saidAgainst({ plan })).toEqual([
      expect.stringMatching(
        /^7:17 plan-too-large with a\.v\d+, the plan, written out, has more than 1800000 bytes/,
      ),
    ])
  })

  it('tells of 50 at most, and how many more there are', async () => {
    const steps = Array.from({ length: 120 }, (_, index) => `- { step: s${index}, kind: nothing }`)
    const said = await saidAgainst({ plan: planOf(steps.join('\n')) })
    expect(said).toHaveLength(51)
    expect(said.at(-1)).toBe('57:28 more-problems and 70 more from here on')
  })
})
