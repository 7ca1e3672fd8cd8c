import { afterAll, beforeAll } from 'vitest'
import { joined as command } from './joins/command.ts'
import { joined as composeUp } from './joins/compose-up.ts'
import { joined as directories } from './joins/directories.ts'
import { joined as fileWrite } from './joins/file-write.ts'
import { joined as httpProbe } from './joins/http-probe.ts'
import { joined as volumeRestore } from './joins/volume-restore.ts'
import { joined as containersStop } from './joins/containers-stop.ts'
import { joined as composeCheck } from './joins/compose-check.ts'
import { joined as containerCheck } from './joins/container-check.ts'
import { joined as composeDown } from './joins/compose-down.ts'
import { joined as backupAudit } from './joins/backup-audit.ts'
import { joined as prune } from './joins/prune.ts'
import { joined as postgresAudit } from './joins/postgres-audit.ts'
import { joined as rolePassword } from './joins/role-password.ts'
import { joined as sqlCheck } from './joins/sql-check.ts'
import { joined as envFile } from './joins/env-file.ts'
import { joined as secretsAudit } from './joins/secrets-audit.ts'
import { joined as fileCopy } from './joins/file-copy.ts'
import { joined as treeCheck } from './joins/tree-check.ts'
import { joined as move } from './joins/move.ts'
import { joined as quarantine } from './joins/quarantine.ts'
import { contract } from './contract.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

for (const kind of [
  directories,
  fileWrite,
  volumeRestore,
  composeUp,
  httpProbe,
  command,
  containersStop,
  composeCheck,
  containerCheck,
  composeDown,
  backupAudit,
  prune,
  postgresAudit,
  rolePassword,
  sqlCheck,
  envFile,
  secretsAudit,
  fileCopy,
  treeCheck,
  move,
  quarantine,
])
  contract(kind, () => stage)
