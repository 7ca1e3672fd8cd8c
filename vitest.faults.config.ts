import everyday from './vitest.config.ts'

/** What takes half an hour: `npm run test:faults`. */
export default {
  ...everyday,
  test: {
    ...everyday.test,
    include: ['test/faults/**/*.test.ts', 'test/steps/contract*.test.ts'],
    exclude: [],
    env: { REINSTATE_EVERY_PROGRAM: '1' },
  },
}
