import { describe, expect, it } from 'vitest'
import type { JournalEntry } from '../../src/plan/plan.ts'
import { undoOrder } from '../../src/workflows/undo-order.ts'

function entry(phase: string, step: string, needs: readonly string[]): JournalEntry {
  return {
    phase,
    priorState: null,
    signature: '',
    outputs: {},
    step: {
      step,
      title: step,
      kind: 'command',
      host: 'server',
      needs,
      fields: {},
      timeoutSeconds: 1,
      maxAttempts: 1,
      backoffSeconds: 1,
      idempotent: false,
    },
  }
}

const phases = [
  {
    phase: 'build',
    title: 'Build',
    needs: [],
    steps: [
      { step: 'one', needs: [] },
      { step: 'nothing-to-do', needs: ['one'] },
      { step: 'two', needs: ['nothing-to-do'] },
      { step: 'beside', needs: [] },
    ],
  },
  { phase: 'cutover', title: 'Cutover', needs: ['build'], steps: [{ step: 'switch', needs: [] }] },
]

describe('the order of a rollback', () => {
  const order = undoOrder(phases, [
    entry('build', 'one', []),
    entry('build', 'two', ['nothing-to-do']),
    entry('build', 'beside', []),
    entry('cutover', 'switch', []),
  ])
  const needs = Object.fromEntries(order.map(({ id, needs: waitsFor }) => [id, waitsFor]))

  it('undoes a later phase before everything of the phase it stood on', () => {
    expect(needs['switch']).toEqual([])
    expect(needs['beside']).toEqual(['switch'])
  })

  it('undoes a step after what stood on it, also through a step that changed nothing', () => {
    expect(needs['one']).toEqual(['two', 'switch'])
  })
})
