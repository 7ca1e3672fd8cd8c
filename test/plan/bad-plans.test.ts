import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isWritable } from '../../src/plan/order/order.ts'
import { planOf, problemsIn } from './arrange.ts'
import { badPlans, fine, gated } from './bad-inputs/plans.ts'

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index)

describe('a bad plan is refused, at its position', () => {
  it.each(badPlans)('%s', async (_, plan, expected) => {
    expect(await problemsIn({ plan })).toEqual(expected)
  })

  it('refuses a host that the inventory does not have', async () => {
    expect(await problemsIn({ plan: gated(fine), options: { inventory: ['on', 'two'] } })).toEqual([
      '3:9 unknown-host',
    ])
  })

  it('suggests no step without a name, which nobody can type', async () => {
    const plan = planOf(
      '- { kind: script, script: "true" }\n- { step: b, needs: [a], kind: script, script: "true" }',
    )
    expect(await problemsIn({ plan })).toEqual(['7:9 missing-field', '8:28 unknown-need'])
    expect(['‹step of line 7›', 'Copy it', '', 'copy-db', 'copy-db.n8n'].map(isWritable)).toEqual([
      ...[false, false, false, true, true],
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

  const script = (id: string): string => `- { step: ${id}, kind: script, script: "true" }`
  const phases = (count: number, steps: number): string =>
    ['plan: p', 'title: P', 'hosts: [one]', 'phases:']
      .concat(
        range(count).flatMap((phase) => [
          `  - phase: p${phase}`,
          '    steps:',
          ...range(steps).map((step) => `      ${script(`s${phase}-${step}`)}`),
        ]),
      )
      .join('\n')

  it('refuses a phase that would not fit into one request with its journal', async () => {
    const plan = planOf(
      '- { step: a, kind: copy, path: /srv/a, from: a.bin }\n- { step: b, kind: copy, path: /srv/b, from: b.bin }',
    )
    const files = { 'a.bin': randomBytes(690_000), 'b.bin': randomBytes(300_000) }
    expect(await problemsIn({ plan, files })).toEqual(['8:17 plan-too-large'])
  })

  it('refuses a plan whose journal would not fit into the request of a rollback', async () => {
    expect(await problemsIn({ plan: phases(20, 100) })).toEqual([expect.stringMatching(/ plan-too-large$/)])
  })

  it('refuses more phases times steps than a history can hold', async () => {
    expect(await problemsIn({ plan: phases(400, 2) })).toEqual([expect.stringMatching(/:12 plan-too-large$/)])
  })

  it('accepts a large plan within the limits', async () => {
    expect(await problemsIn({ plan: phases(8, 125) })).toEqual([])
  })

  it('reports at most 50 problems, then the number of the others', async () => {
    const steps = Array.from({ length: 120 }, (_, index) => `- { step: s${index}, kind: nothing }`)
    const problems = await problemsIn({ plan: planOf(steps.join('\n')) })
    expect(problems).toHaveLength(51)
    expect(problems.at(-1)).toBe('57:28 more-problems')
  })
})
