import { contract, type Joined } from './contract.ts'
import { stageOfFile } from './stage.ts'

/** The contract suite for these kinds, on a test host of their own: several files, so that several run at once. */
export function holdToContract(kinds: readonly Joined[]): void {
  const stage = stageOfFile({ stays: true })
  for (const kind of kinds) contract(kind, stage)
}
