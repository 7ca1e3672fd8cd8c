import { holdToContract } from './hold-to-contract.ts'

await holdToContract([
  'mariadb-audit',
  'redis-audit',
  'postgres-audit',
  'role-password',
  'sql-check',
  'sql-migrate',
  'key-check',
  'sqlite-audit',
  'password-check',
])
