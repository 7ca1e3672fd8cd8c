import { attest } from '../../../src/steps/attest/index.ts'
import type { Joined } from '../contract.ts'

export const joined: Joined = {
  kind: attest,
  cases: [
    {
      name: 'about a file',
      fields: {
        statement: 'the list is complete',
        artefact: '/srv/list',
        by: 'anna, ben',
        within: '2 hours',
      },
      arrange: 'echo one > /srv/list',
    },
    { name: 'about no file', fields: { statement: 'the shop has an order' }, arrange: 'true' },
  ],
}
