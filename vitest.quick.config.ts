import { defineConfig } from 'vitest/config'
import { goldenPath } from './test/golden-path.ts'
import { quickTests } from './test/quick.ts'

/** The quick half alone: without the set-up of the suite, which asks Docker for what earlier runs left. */
export default defineConfig({
  test: { include: [...quickTests], resolveSnapshotPath: goldenPath, testTimeout: 180_000, maxWorkers: 2 },
})
