import { describe, expect, it } from 'vitest'
import { keep, restore } from '../../src/activities/prior-state.ts'
import type { AnyStepKind } from '../../src/steps/step-kind.ts'
import { kinds } from '../../src/steps/index.ts'

const directories = kinds.get('directories')
if (directories?.shape !== 'change') throw new Error('there is no kind directories')
const first: AnyStepKind = directories
const second: AnyStepKind = {
  ...directories,
  priorStateVersion: 2,
  priorStateSince: (version, priorState) => ({ from: version, was: priorState }),
}

describe('a prior state in the journal', () => {
  it('comes back as it was for a worker of the same version', () => {
    expect(restore(first, keep(first, { made: ['/srv/a'] }))).toEqual({ made: ['/srv/a'] })
  })

  it('is read by a newer worker in its own shape', () => {
    expect(restore(second, keep(first, { made: [] }))).toEqual({ from: 1, was: { made: [] } })
  })

  it('is refused by an older worker, and so is what is no entry at all', () => {
    expect(() => restore(first, keep(second, {}))).toThrow('has version 2 and this worker reads 1')
    expect(() => restore(first, { made: [] })).toThrow('cannot be read')
  })
})
