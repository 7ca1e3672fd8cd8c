import { describe, expect, it } from 'vitest'
import { planOf, problemsIn } from './arrange.ts'
import { badPlans, fine, gated } from './bad-inputs/plans.ts'

describe('a plan that is not right is refused, at the very word', () => {
  it.each(badPlans)('%s', async (_, plan, expected) => {
    expect(await problemsIn({ plan })).toEqual(expected)
  })

  it('a host that the inventory does not have', async () => {
    expect(await problemsIn({ plan: gated(fine), options: { inventory: ['on', 'two'] } })).toEqual([
      '3:9 unknown-host',
    ])
  })

  it('more than 200 steps in a phase', async () => {
    const steps = Array.from(
      { length: 201 },
      (_, index) => `- { step: s${index}, kind: script, script: "true" }`,
    )
    expect(await problemsIn({ plan: planOf(steps.join('\n')) })).toEqual(['6:5 too-many-steps'])
  })

  it('more than a history can take, once it is written out', async () => {
    const each = Array.from({ length: 100 }, (_, index) => `v${index}`).join(', ')
    const plan = planOf(`- { step: a, each: [${each}], kind: script, script: "${'x'.repeat(20_000)}" }`)
    expect(await problemsIn({ plan })).toEqual(['7:17 plan-too-large'])
  })

  it('tells of 50 at most, and how many more there are', async () => {
    const steps = Array.from({ length: 120 }, (_, index) => `- { step: s${index}, kind: nothing }`)
    const said = await problemsIn({ plan: planOf(steps.join('\n')) })
    expect(said).toHaveLength(51)
    expect(said.at(-1)).toBe('57:28 more-problems')
  })
})
