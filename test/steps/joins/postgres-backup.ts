import { postgresBackup } from '../../../src/steps/postgres-backup/index.ts'
import type { Joined } from '../contract.ts'
import { served } from './postgres-audit.ts'

export const backedUp = { container: 'live', image: 'testbed/postgres:17', to: '/backup/made/db' }

export const joined: Joined = {
  kind: postgresBackup,
  cases: [
    {
      name: 'of a live server',
      fields: backedUp,
      arrange: `${served}\nmkdir -m 700 /backup/made`,
      served: ['fresh'],
      inside: true,
    },
  ],
}
