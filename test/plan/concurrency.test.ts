import { describe, expect, it } from 'vitest'
import { kinds } from '../../src/steps/index.ts'
import { load, problemsIn } from './arrange.ts'

const plan = (concurrency: string) => `
plan: p
title: x
hosts: [one, two]
${concurrency}
phases:
  - { phase: first, steps: [{ step: a, kind: directories, paths: [/srv/a], host: one }] }
  - { phase: left, needs: [first], steps: [{ step: b, kind: directories, paths: [/srv/b], host: one }] }
  - { phase: right, needs: [first], steps: [{ step: c, kind: directories, paths: [/srv/c], host: two }] }
  - { phase: asks, needs: [], steps: [{ step: d, kind: attest, statement: So it is, by: [ann, bob] }] }
  - { phase: last, needs: [left, right], steps: [{ step: e, kind: directories, paths: [/srv/e], host: one }] }
`

describe('concurrency', () => {
  it('is divided among the phases that may run beside each other, by host too; people use none', async () => {
    const { phases } = await load({ plan: plan('concurrency: { plan: 5, host: 2 }'), options: { kinds } })
    expect(phases.map(({ phase, atOnce }) => [phase, atOnce?.steps, atOnce?.hosts])).toEqual([
      ['first', 5, { one: 2 }],
      ['left', 2, { one: 2 }],
      ['right', 2, { two: 2 }],
      ['asks', 5, {}],
      ['last', 5, { one: 2 }],
    ])
  })

  it('counts phases that come one after the other as one, beside another phase', async () => {
    const text = `${plan('concurrency: { plan: 6 }')}  - { phase: beside, needs: [], steps: [{ step: f, kind: directories, paths: [/srv/f], host: two }] }\n`
    const { phases } = await load({ plan: text, options: { kinds } })
    // Beside "beside" run "left" and "right" at most, and before and after them one phase.
    expect(phases.map(({ phase, atOnce }) => [phase, atOnce?.steps])).toEqual([
      ['first', 3],
      ['left', 2],
      ['right', 2],
      ['asks', 6],
      ['last', 3],
      ['beside', 2],
    ])
  })

  it('adds nothing to a plan without it', async () => {
    const { phases } = await load({ plan: plan(''), options: { kinds } })
    expect(phases.filter((phase) => 'atOnce' in phase)).toEqual([])
  })

  it('is refused at its position where two phases would have less than one step each, or where it is no number', async () => {
    const problems = (text: string) => problemsIn({ plan: plan(text).trimStart(), options: { kinds } })
    expect(await problems('concurrency: { plan: 1 }')).toEqual(['4:22 bad-value'])
    expect(await problems('concurrency: { host: 0 }')).toEqual(['4:22 bad-value'])
    expect(await problems('concurrency: { steps: 3 }')).toEqual(['4:16 unknown-field'])
  })
})
