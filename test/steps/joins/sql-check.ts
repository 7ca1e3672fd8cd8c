import { sqlCheck } from '../../../src/steps/sql-check/index.ts'
import type { Joined } from '../contract.ts'
import { served } from './postgres-audit.ts'

export const joined: Joined = {
  kind: sqlCheck,
  cases: [
    {
      name: 'a count',
      fields: {
        container: 'live',
        database: 'guestbook',
        query: 'select count(*) from entries',
        equals: 10_000,
      },
      arrange: served,
      served: ['fresh'],
    },
  ],
}
