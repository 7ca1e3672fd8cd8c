import { keyCheck } from '../../../src/steps/key-check/index.ts'
import type { Joined } from '../contract.ts'

/** The VividWalls backup of n8n, with six credentials; and what opens them. */
export const backedUp = 'mkdir /backup/vividwalls && tar -C /backup/vividwalls -xf /opt/vividwalls/backup.tar'
export const tried = {
  backup: '/backup/vividwalls/n8n_vol',
  image: 'testbed/postgres:17',
  database: 'n8n',
  query: 'select data from credentials_entity',
  key: '${{ secrets.k3y$of-the-backup/for=tests }}',
}

export const joined: Joined = {
  kind: keyCheck,
  cases: [{ name: 'a backup', fields: tried, arrange: backedUp }],
}
