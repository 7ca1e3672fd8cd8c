import { noGate } from './no-gate.ts'
import { lateGate } from './late-gate.ts'
import { stepsCollide } from './steps-collide.ts'
import { missingJoin } from './missing-join.ts'
import { madeTooLate } from './made-too-late.ts'
import { databaseUpBeforeCopy } from './database-up-before-copy.ts'
import { copyIntoUse } from './copy-into-use.ts'
import { lateWayBack } from './late-way-back.ts'
import { removedTooEarly } from './removed-too-early.ts'
import { projectFollowsDirectory } from './project-follows-directory.ts'
import { composeV1 } from './compose-v1.ts'
import { unscopedStop } from './unscoped-stop.ts'
import { unscopedPrune } from './unscoped-prune.ts'
import { probePasses502 } from './probe-passes-502.ts'
import { secretInArgument } from './secret-in-argument.ts'
import { emptyPath } from './empty-path.ts'
import { literalBraces } from './literal-braces.ts'
import { lostDotfiles } from './lost-dotfiles.ts'
import { dateInName } from './date-in-name.ts'
import { removesByRm } from './removes-by-rm.ts'
import { removesVolumes } from './removes-volumes.ts'
import { proofAlwaysTrue } from './proof-always-true.ts'
import { outsideInventory } from './outside-inventory.ts'
import { undeclaredEffects } from './undeclared-effects.ts'
import { handWrittenEnv } from './hand-written-env.ts'
import { endlessWait } from './endless-wait.ts'
import { killAsTest } from './kill-as-test.ts'
import { probeWithoutMarker } from './probe-without-marker.ts'
import { idleUndo } from './idle-undo.ts'
import { placeholderSql } from './placeholder-sql.ts'
import { indexNotImmutable } from './index-not-immutable.ts'
import { aggregateInReturning } from './aggregate-in-returning.ts'
import { jsonbUnderChecksum } from './jsonb-under-checksum.ts'
import { notRepeatableSql } from './not-repeatable-sql.ts'
import { idWithoutDefault } from './id-without-default.ts'
import { refreshWithoutIndex } from './refresh-without-index.ts'
import { tableMadeTwice } from './table-made-twice.ts'
import { anonymousMayDelete } from './anonymous-may-delete.ts'
import { databaseWithoutVolume } from './database-without-volume.ts'
import { databasePortOpen } from './database-port-open.ts'
import { localhostInContainer } from './localhost-in-container.ts'
import { healthCheckWithoutTool } from './health-check-without-tool.ts'
import { fixedContainerName } from './fixed-container-name.ts'
import { oneApprover } from './one-approver.ts'
import { removedWhileUsed } from './removed-while-used.ts'
import type { Rule } from './rule.ts'

/** Every rule by its number. A new one is a file beside this one and a word in the list. */
export const rules: readonly Rule[] = [
  noGate,
  lateGate,
  stepsCollide,
  missingJoin,
  madeTooLate,
  databaseUpBeforeCopy,
  copyIntoUse,
  lateWayBack,
  removedTooEarly,
  projectFollowsDirectory,
  composeV1,
  unscopedStop,
  unscopedPrune,
  probePasses502,
  secretInArgument,
  emptyPath,
  literalBraces,
  lostDotfiles,
  dateInName,
  removesByRm,
  removesVolumes,
  proofAlwaysTrue,
  outsideInventory,
  undeclaredEffects,
  handWrittenEnv,
  endlessWait,
  killAsTest,
  probeWithoutMarker,
  idleUndo,
  placeholderSql,
  indexNotImmutable,
  aggregateInReturning,
  jsonbUnderChecksum,
  notRepeatableSql,
  idWithoutDefault,
  refreshWithoutIndex,
  tableMadeTwice,
  anonymousMayDelete,
  databaseWithoutVolume,
  databasePortOpen,
  localhostInContainer,
  healthCheckWithoutTool,
  fixedContainerName,
  oneApprover,
  removedWhileUsed,
]
