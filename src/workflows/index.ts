/** The workflow types, as the Temporal UI names them. */
export { clearPhases } from './clear.ts'
export { holdLock } from './locks.ts'
export { notify } from './notify.ts'
export { previewPlan } from './preview-plan.ts'
export { rollback, rollbackRun } from './rollback.ts'
export { runPhase } from './run-phase.ts'
export { runPlan } from './run-plan.ts'
