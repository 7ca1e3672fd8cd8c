import { describe, expect, it } from 'vitest'
import type { ResolvedPhase, ResolvedPlan } from '../../src/plan/plan.ts'
import {
  downtimeInWords,
  forecastDowntime,
  forecastLines,
  measuredDowntime,
  openDowntimeLines,
} from '../../src/workflows/downtime.ts'
import { kinds } from '../../src/steps/index.ts'
import type { StepPreview } from '../../src/workflows/previews.ts'

const downtime = { from: 'stop', to: 'answers' }
const step = (id: string, kind: string, needs: readonly string[]) => ({ step: id, kind, needs })
// Only what a forecast reads.
const cutover = {
  phase: 'cutover',
  steps: [
    step('stop', 'containers-stop', []),
    step('copy', 'volume-restore', ['stop']),
    step('move', 'move', ['stop']),
    step('up', 'compose-up', ['copy', 'move']),
    step('answers', 'http-probe', ['up']),
    step('after', 'compose-check', ['answers']),
  ],
} as unknown as ResolvedPhase
const shown = cutover.steps.map(
  ({ step: id, kind }) =>
    ({
      ...{ step: id, kind, seconds: 3, ...(id === 'copy' ? { copiesBytes: 300 } : {}) },
      ...{ takesLike: kinds.get(kind)?.takesLike },
    }) as StepPreview,
)
const took = (seconds: number) => ({
  startedAt: '2026-11-21T10:00:00.000Z',
  endedAt: new Date(Date.parse('2026-11-21T10:00:00Z') + seconds * 1000).toISOString(),
})
const copied = (id: string, seconds: number, bytes: number) => ({
  step: id,
  took: took(seconds),
  evidence: { summary: '', strength: 'proven' as const, facts: { bytes } },
})
const before: Record<string, { kind: string; fields: Record<string, string[]> }> = {
  one: { kind: 'volume-restore', fields: {} },
  two: { kind: 'volume-restore', fields: {} },
  beside: { kind: 'compose-up', fields: {} },
  databases: { kind: 'compose-up', fields: { services: ['db'] } },
}
const stepOf = (id: string) => before[id]

describe('a forecast of the downtime', () => {
  it('is the longest way, by what this run has measured; what it has not is as usual', () => {
    const measured = [copied('one', 1, 100), copied('two', 5, 500), { step: 'beside', took: took(6) }]
    // Other services than those that are up last: no measure for it.
    measured.push({ step: 'databases', took: took(20) })
    const forecast = forecastDowntime(downtime, cutover, { shown, measured, stepOf })
    // stop 3 as usual, copy by the rate (1, and 200 of 400 bytes that took 4 s more: 3), up 6, answers 3.
    expect(forecast?.seconds).toBeCloseTo(3 + 3 + 6 + 3)
    expect(forecast && forecastLines(forecast)).toEqual([
      'stop: 3 s, as such steps usually take',
      expect.stringContaining('by the rate of one, two'),
      'up: 6 s, as beside took',
      'answers: 3 s, as such steps usually take',
    ])
  })

  it('has a stop take half as long as a start did, where that is less than usual', () => {
    const stop = (seconds: number) =>
      forecastDowntime(downtime, cutover, {
        shown,
        stepOf,
        measured: [
          { step: 'beside', took: took(seconds) },
          { step: 'databases', took: took(60) },
        ],
      })?.steps[0]
    expect(stop(1)).toEqual({ step: 'stop', seconds: 0.5, from: 'half as long as beside took' })
    // A start may have waited for health; a stop does not.
    expect(stop(60)).toEqual({ step: 'stop', seconds: 3, from: 'as such steps usually take' })
  })

  it('is none for a plan that names no downtime, or another phase', () => {
    const about = { shown, measured: [], stepOf: () => undefined }
    expect(forecastDowntime(undefined, cutover, about)).toBeUndefined()
    expect(forecastDowntime({ from: 'x', to: 'y' }, cutover, about)).toBeUndefined()
  })
})

describe('the downtime', () => {
  it('is from the beginning of the one step to the end of the other', () => {
    const done = [
      { step: 'stop', took: took(2) },
      { step: 'answers', took: took(14) },
    ]
    expect(measuredDowntime(downtime, done)).toEqual({ seconds: 14 })
    expect(measuredDowntime(downtime, done.slice(0, 1))).toBeUndefined()
    expect(downtimeInWords({ ...downtime, seconds: 14, forecastSeconds: 12.2 })).toBe(
      'visitors got nothing for 14 s, from stop to answers; the forecast was 12 s',
    )
  })
})

describe('a downtime over several phases', () => {
  const phase = (id: string, needs: readonly string[], more: object = {}) => ({
    ...{
      phase: id,
      title: `The ${id}`,
      needs,
      steps: [step(id === 'stop-it' ? 'stop' : `in-${id}`, 'script', [])],
    },
    ...more,
  })
  const [first, between, last] = [
    phase('stop-it', []),
    phase('between', ['stop-it'], { gate: {} }),
    phase('open', ['between'], { steps: [step('answers', 'http-probe', [])] }),
  ]
  const beside = phase('beside', [], { gate: {} })
  const plan = { downtime, phases: [first, between, last, beside] } as unknown as ResolvedPlan

  it('is told at the gate of its first phase, with the gates that people answer meanwhile', () => {
    expect(openDowntimeLines(first as unknown as ResolvedPhase, plan)).toEqual([
      expect.stringContaining('until answers of "The open" is done'),
      expect.stringContaining('gate before "The between"'),
    ])
    expect(openDowntimeLines(between as unknown as ResolvedPhase, plan)).toEqual([])
  })

  it('is measured, and has no forecast', () => {
    const done = [
      { step: 'stop', took: took(1) },
      { step: 'answers', took: took(90) },
    ]
    expect(measuredDowntime(downtime, done)).toEqual({ seconds: 90 })
    const about = { shown: [], measured: done, stepOf }
    expect(forecastDowntime(downtime, first as unknown as ResolvedPhase, about)).toBeUndefined()
  })
})
