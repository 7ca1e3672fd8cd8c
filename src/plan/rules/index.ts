import * as clearRules from './clear-rules.ts'
import * as composeFileRules from './compose-file-rules.ts'
import * as copyIntoVolume from './copy-into-volume.ts'
import * as dockerRules from './docker-rules.ts'
import * as gateRules from './gate-rules.ts'
import * as lastingScratch from './lasting-scratch.ts'
import * as lateBackup from './late-backup.ts'
import * as loadRules from './load-rules.ts'
import * as lookupRules from './lookup-rules.ts'
import * as migrationRules from './migration-rules.ts'
import * as orderRules from './order-rules.ts'
import * as proofRules from './proof-rules.ts'
import * as removalRules from './removal-rules.ts'
import * as restoresNothing from './restores-nothing.ts'
import * as secretInArgument from './secret-in-argument.ts'
import * as shellRules from './shell-rules.ts'
import * as sqlRules from './sql-rules.ts'
import * as sqlSchemaRules from './sql-schema-rules.ts'
import * as unjudgedLoad from './unjudged-load.ts'
import * as unscopedRules from './unscoped-rules.ts'
import * as waitRules from './wait-rules.ts'
import type { Rule } from './rule.ts'

/** Every rule, by number: each export of these files is one. */
export const rules: readonly Rule[] = [
  clearRules,
  composeFileRules,
  copyIntoVolume,
  dockerRules,
  gateRules,
  lastingScratch,
  lateBackup,
  loadRules,
  lookupRules,
  migrationRules,
  orderRules,
  proofRules,
  removalRules,
  restoresNothing,
  secretInArgument,
  shellRules,
  sqlRules,
  sqlSchemaRules,
  unjudgedLoad,
  unscopedRules,
  waitRules,
]
  .flatMap((file) => Object.values<Rule>(file))
  .sort((one, other) => (one.id < other.id ? -1 : 1))
