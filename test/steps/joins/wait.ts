import { wait } from '../../../src/steps/wait/index.ts'
import type { Joined } from '../contract.ts'

export const joined: Joined = {
  kind: wait,
  cases: [{ name: 'a duration', fields: { for: '10 minutes' }, arrange: 'true' }],
}
