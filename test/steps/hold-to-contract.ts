import { beforeAll } from 'vitest'
import { copyImage } from '../../testbed/registry.ts'
import { contract, type Joined } from './contract.ts'
import { stageOfFile } from './stage.ts'

/**
 * Runs the contract suite for these kinds on one test host, whose engine gets these `images` first. Several files call it, so
 * that several hosts run at once.
 */
export async function holdToContract(
  kinds: readonly string[],
  images: readonly string[] = [],
): Promise<void> {
  const stage = stageOfFile({ stays: true })
  beforeAll(async () => {
    for (const image of images) await copyImage(stage.testHost, image)
  })
  for (const kind of kinds)
    contract(((await import(`./joins/${kind}.ts`)) as { joined: Joined }).joined, stage)
}
