import { holdToContract } from './hold-to-contract.ts'
import { joined as directories } from './joins/directories.ts'
import { joined as fileWrite } from './joins/file-write.ts'
import { joined as volumeRestore } from './joins/volume-restore.ts'
import { joined as httpProbe } from './joins/http-probe.ts'
import { joined as command } from './joins/command.ts'
import { joined as treeCheck } from './joins/tree-check.ts'
import { joined as backupAudit } from './joins/backup-audit.ts'
import { joined as attest } from './joins/attest.ts'
import { joined as wait } from './joins/wait.ts'

holdToContract([
  directories,
  fileWrite,
  volumeRestore,
  httpProbe,
  command,
  treeCheck,
  backupAudit,
  attest,
  wait,
])
