import { attest } from './attest.ts'
import { command } from './command.ts'
import { composeUp } from './compose-up.ts'
import { directories } from './directories.ts'
import { fileWrite } from './file-write.ts'
import { httpProbe } from './http-probe.ts'
import { containersStop } from './containers-stop.ts'
import { composeCheck } from './compose-check.ts'
import { containerCheck } from './container-check.ts'
import { composeDown } from './compose-down.ts'
import { backupAudit } from './backup-audit.ts'
import { mariadbAudit } from './mariadb-audit.ts'
import { postgresAudit } from './postgres-audit.ts'
import { rolePassword } from './role-password.ts'
import { sqlCheck } from './sql-check.ts'
import { keyCheck } from './key-check.ts'
import { envFile } from './env-file.ts'
import { fileCopy } from './file-copy.ts'
import { move } from './move.ts'
import { prune } from './prune.ts'
import { quarantine } from './quarantine.ts'
import { secretsAudit } from './secrets-audit.ts'
import { treeCheck } from './tree-check.ts'
import type { AnyStepKind } from './step-kind.ts'
import { volumeRestore } from './volume-restore.ts'
import { wait } from './wait.ts'

const all: readonly AnyStepKind[] = [
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
  postgresAudit,
  mariadbAudit,
  rolePassword,
  sqlCheck,
  keyCheck,
  quarantine,
  move,
  treeCheck,
  fileCopy,
  secretsAudit,
  envFile,
  prune,
  attest,
  wait,
]

/** Every kind of step by its name. A new kind is a file beside this one and a word in the line above. */
export const kinds: ReadonlyMap<string, AnyStepKind> = new Map(all.map((kind) => [kind.kind, kind]))
