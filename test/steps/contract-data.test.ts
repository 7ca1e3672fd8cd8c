import { holdToContract } from './hold-to-contract.ts'
import { joined as mariadbAudit } from './joins/mariadb-audit.ts'
import { joined as postgresAudit } from './joins/postgres-audit.ts'
import { joined as rolePassword } from './joins/role-password.ts'
import { joined as sqlCheck } from './joins/sql-check.ts'
import { joined as keyCheck } from './joins/key-check.ts'

holdToContract([mariadbAudit, postgresAudit, rolePassword, sqlCheck, keyCheck])
