import { defineConfig } from 'vitest/config'
import { goldenPath } from './test/golden-path.ts'
import LongestFirst from './test/longest-first.ts'
import { onlyInShards, patternsOf, shardNamed } from './test/shards.ts'

// Without either variable: what `npm test` runs. REINSTATE_TEST_ALL=1 with files as arguments: these, at the whole depth.
const name = process.env['REINSTATE_SHARD']
const shard = name === undefined ? undefined : shardNamed(name)
const all = shard !== undefined || process.env['REINSTATE_TEST_ALL'] === '1'

export default defineConfig({
  test: {
    include: shard === undefined ? ['test/**/*.test.ts'] : patternsOf(shard.files),
    exclude: patternsOf(all ? (shard?.except ?? []) : onlyInShards),
    env: all ? { REINSTATE_TEST_ALL: '1' } : {},
    resolveSnapshotPath: goldenPath,
    // Golden files change by `npm run golden` alone: a missing or a left-over one is red here as it is in CI.
    update: 'none',
    globalSetup: ['test/set-up.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    // Each file that needs one has a test host of its own; two cores carry two of them.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // On a machine that others use too, something may take too long once. It is named at the end; what fails twice is red.
    retry: process.env['CI'] ? 1 : 0,
  },
})
