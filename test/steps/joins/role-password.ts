import { rolePassword } from '../../../src/steps/role-password/index.ts'
import type { Joined } from '../contract.ts'
import { served } from './postgres-audit.ts'

/** A restored database whose role has another password than the plan. */
export const otherPassword = `${served}
docker exec -i live psql -qX -U postgres -c "create role app login password 'of the old days'"`

export const fields = { container: 'live', login: 'app', password: "${{ secrets.it's $new }}" }

export const joined: Joined = {
  kind: rolePassword,
  cases: [
    { name: 'of a restored database', fields, arrange: otherPassword, served: ['fresh'], inside: true },
  ],
}
