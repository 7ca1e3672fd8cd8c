import { holdToContract } from './hold-to-contract.ts'
import { joined as envFile } from './joins/env-file.ts'
import { joined as secretsAudit } from './joins/secrets-audit.ts'
import { joined as fileCopy } from './joins/file-copy.ts'
import { joined as move } from './joins/move.ts'
import { joined as quarantine } from './joins/quarantine.ts'

holdToContract([envFile, secretsAudit, fileCopy, move, quarantine])
