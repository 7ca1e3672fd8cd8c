import { defineConfig } from 'vitest/config'
import LongestFirst from './test/longest-first.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Half an hour of faults in every phase: npm run test:faults.
    exclude: ['test/faults/**'],
    globalSetup: ['test/set-up.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    // Each file that needs one has a droplet of its own; two cores carry two of them.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // On a machine that others use too, something may take too long once. It is named at the end; what fails twice is red.
    retry: process.env['CI'] ? 1 : 0,
  },
})
