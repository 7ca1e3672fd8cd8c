import { describe, expect, it } from 'vitest'
import { planOf, problemsIn } from './arrange.ts'
import { badPlans, fine, gated } from './bad-inputs/plans.ts'

describe('a bad plan is refused, at its position', () => {
  it.each(badPlans)('%s', async (_, plan, expected) => {
    expect(await problemsIn({ plan })).toEqual(expected)
  })

  it('refuses a host that the inventory does not have', async () => {
    expect(await problemsIn({ plan: gated(fine), options: { inventory: ['on', 'two'] } })).toEqual([
      '3:9 unknown-host',
    ])
  })

  it('refuses more than 200 steps in a phase', async () => {
    const steps = Array.from(
      { length: 201 },
      (_, index) => `- { step: s${index}, kind: script, script: "true" }`,
    )
    expect(await problemsIn({ plan: planOf(steps.join('\n')) })).toEqual(['6:5 too-many-steps'])
  })

  it('refuses a plan larger than a history can hold', async () => {
    const each = Array.from({ length: 100 }, (_, index) => `v${index}`).join(', ')
    const plan = planOf(`- { step: a, each: [${each}], kind: script, script: "${'x'.repeat(20_000)}" }`)
    expect(await problemsIn({ plan })).toEqual(['7:17 plan-too-large'])
  })

  it('reports at most 50 problems, then the number of the others', async () => {
    const steps = Array.from({ length: 120 }, (_, index) => `- { step: s${index}, kind: nothing }`)
    const problems = await problemsIn({ plan: planOf(steps.join('\n')) })
    expect(problems).toHaveLength(51)
    expect(problems.at(-1)).toBe('57:28 more-problems')
  })
})
