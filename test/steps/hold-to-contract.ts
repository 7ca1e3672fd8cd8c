import { afterAll, beforeAll } from 'vitest'
import { contract, type Joined } from './contract.ts'
import { openStage, type Stage } from '../../testbed/step-stage.ts'

/** The contract suite for these kinds, on a droplet of their own: several files, so that several run at once. */
export function holdToContract(kinds: readonly Joined[]): void {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())
  for (const kind of kinds) contract(kind, () => stage)
}
