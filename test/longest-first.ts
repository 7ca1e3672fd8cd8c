import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take a minute and more. Begun last, one of them would go on alone. */
const LONG = /\/(vividwalls[^/]*|contract[^/]*|preview|rollback|faults|whole|needs)\.test\.ts$/

/** Where nothing was timed yet, vitest begins with the largest files, and some that take long are a few lines. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
