import { attest } from './attest/index.ts'
import { command } from './command/index.ts'
import { composeUp } from './compose-up/index.ts'
import { directories } from './directories/index.ts'
import { fileWrite } from './file-write/index.ts'
import { httpLoad } from './http-load/index.ts'
import { httpProbe } from './http-probe/index.ts'
import { containersStop } from './containers-stop/index.ts'
import { composeCheck } from './compose-check/index.ts'
import { containerCheck } from './container-check/index.ts'
import { archiveRestore } from './archive-restore/index.ts'
import { dumpRestore } from './dump-restore/index.ts'
import { composeDown } from './compose-down/index.ts'
import { backupAudit } from './backup-audit/index.ts'
import { mariadbAudit } from './mariadb-audit/index.ts'
import { postgresBackup } from './postgres-backup/index.ts'
import { postgresAudit } from './postgres-audit/index.ts'
import { redisAudit } from './redis-audit/index.ts'
import { rolePassword } from './role-password/index.ts'
import { sqliteAudit } from './sqlite-audit/index.ts'
import { passwordCheck } from './password-check/index.ts'
import { sqlMigrate } from './sql-migrate/index.ts'
import { sqlCheck } from './sql-check/index.ts'
import { imageBuild } from './image-build/index.ts'
import { imagePull } from './image-pull/index.ts'
import { imagePush } from './image-push/index.ts'
import { keyCheck } from './key-check/index.ts'
import { envFile } from './env-file/index.ts'
import { fileCopy } from './file-copy/index.ts'
import { move } from './move/index.ts'
import { prune } from './prune/index.ts'
import { quarantine } from './quarantine/index.ts'
import { secretsAudit } from './secrets-audit/index.ts'
import { treeCheck } from './tree-check/index.ts'
import type { AnyStepKind } from './step-kind.ts'
import { volumeRestore } from './volume-restore/index.ts'
import { wait } from './wait/index.ts'

const all: readonly AnyStepKind[] = [
  directories,
  fileWrite,
  volumeRestore,
  dumpRestore,
  archiveRestore,
  composeUp,
  httpProbe,
  httpLoad,
  command,
  containersStop,
  composeCheck,
  containerCheck,
  composeDown,
  postgresBackup,
  backupAudit,
  postgresAudit,
  mariadbAudit,
  redisAudit,
  sqliteAudit,
  rolePassword,
  sqlCheck,
  sqlMigrate,
  passwordCheck,
  keyCheck,
  quarantine,
  move,
  treeCheck,
  fileCopy,
  secretsAudit,
  envFile,
  prune,
  imageBuild,
  imagePush,
  imagePull,
  attest,
  wait,
]

/** Every kind of step by its name. A new kind is a folder next to this file and an entry in the list above. */
export const kinds: ReadonlyMap<string, AnyStepKind> = new Map(all.map((kind) => [kind.kind, kind]))
