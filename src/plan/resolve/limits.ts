import type { PhaseDraft, StepDraft } from './draft.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { StepResolution } from './resolve-step.ts'

const MAX_STEPS = 200
const LIMIT_FILE_BYTES = 1024 * 1024
const LIMIT_BYTES = 1_800_000

/**
 * Reports duplicate ids and phases with too many steps. Returns the drafts with unique ids, so that later checks run.
 */
export function withUniqueIds(
  phases: readonly PhaseDraft[],
  diagnostics: Diagnostics,
): readonly PhaseDraft[] {
  const phaseIds = new Map<string, number>()
  const stepIds = new Map<string, number>()
  for (const { at, id, steps } of phases)
    if (steps.length > MAX_STEPS)
      diagnostics.atKey([...at, 'steps'], {
        code: 'too-many-steps',
        message: `phase ${id} has ${steps.length} steps; the limit is ${MAX_STEPS}`,
        hint: 'split it into two phases',
      })
  return phases.map((phase) => ({
    ...phase,
    ...uniqueIds(phase, 'phase', { seen: phaseIds, diagnostics }),
    steps: phase.steps.map((step) => ({
      ...step,
      ...uniqueIds(step, 'step', { seen: stepIds, diagnostics }),
    })),
  }))
}

function uniqueIds(
  { id, base, at }: PhaseDraft | StepDraft,
  what: 'phase' | 'step',
  { seen, diagnostics }: { readonly seen: Map<string, number>; readonly diagnostics: Diagnostics },
): { readonly id: string; readonly base: string } {
  const times = (seen.get(id) ?? 0) + 1
  seen.set(id, times)
  if (times === 1) return { id, base }
  diagnostics.at([...at, what], {
    code: 'duplicate-id',
    message: `the plan has two ${what}s "${base}"`,
    hint: 'rename one of them',
  })
  return { id: `${id}~${times}`, base: `${base}~${times}` }
}

/** A resolved plan travels through histories, which take 2 MiB at a time. */
export function reportSize(steps: readonly StepResolution[], diagnostics: Diagnostics): void {
  let fileBytes = 0
  let bytes = 0
  for (const { fileBytes: ofFiles, step, placed } of steps) {
    fileBytes += ofFiles
    bytes += new TextEncoder().encode(JSON.stringify(step)).length
    if (fileBytes <= LIMIT_FILE_BYTES && bytes <= LIMIT_BYTES) continue
    const what =
      fileBytes > LIMIT_FILE_BYTES
        ? `the files of the plan have more than ${LIMIT_FILE_BYTES} bytes together`
        : `the plan, written out, has more than ${LIMIT_BYTES} bytes`
    diagnostics.at([...placed.draft.at, 'step'], {
      code: 'plan-too-large',
      message: `with ${placed.step}, ${what}`,
      hint: 'bring large files to the host in another way, or make two plans of it',
    })
    return
  }
}
