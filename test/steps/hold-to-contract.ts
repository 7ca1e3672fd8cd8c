import { contract, type Joined } from './contract.ts'
import { stageOfFile } from './stage.ts'

/** Runs the contract suite for these kinds on one test host. Several files call it, so that several hosts run at once. */
export async function holdToContract(kinds: readonly string[]): Promise<void> {
  const stage = stageOfFile({ stays: true })
  for (const kind of kinds)
    contract(((await import(`./joins/${kind}.ts`)) as { joined: Joined }).joined, stage)
}
