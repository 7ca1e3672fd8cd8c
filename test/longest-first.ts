import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Where nothing was timed yet, vitest begins with the largest files. The contract's are a few lines and take the longest: begun
 * last, one of them would go on alone.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isContract = ({ moduleId }: TestSpecification) => /\/contract[^/]*\.test\.ts$/.test(moduleId)
    return [...sorted.filter(isContract), ...sorted.filter((file) => !isContract(file))]
  }
}
