import type { PhaseDraft, StepDraft } from './draft.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { StepResolution } from './step-resolution.ts'

const MAX_STEPS = 200
const LIMIT_FILE_BYTES = 1024 * 1024
const LIMIT_BYTES = 1_800_000

/**
 * Tells of ids that are there twice, and of phases with more steps than a workflow takes. Gives the drafts with ids of
 * their own, so that what else is wrong with them can be found.
 */
export function withOwnIds(phases: readonly PhaseDraft[], findings: Diagnostics): readonly PhaseDraft[] {
  const phaseIds = new Map<string, number>()
  const stepIds = new Map<string, number>()
  for (const { at, id, steps } of phases)
    if (steps.length > MAX_STEPS)
      findings.atKey([...at, 'steps'], {
        code: 'too-many-steps',
        message: `phase ${id} has ${steps.length} steps, and at most ${MAX_STEPS} are possible`,
        hint: 'make two phases of it',
      })
  return phases.map((phase) => ({
    ...phase,
    ...ownIds(phase, 'phase', { seen: phaseIds, findings }),
    steps: phase.steps.map((step) => ({ ...step, ...ownIds(step, 'step', { seen: stepIds, findings }) })),
  }))
}

function ownIds(
  { id, base, at }: PhaseDraft | StepDraft,
  what: 'phase' | 'step',
  { seen, findings }: { readonly seen: Map<string, number>; readonly findings: Diagnostics },
): { readonly id: string; readonly base: string } {
  const times = (seen.get(id) ?? 0) + 1
  seen.set(id, times)
  if (times === 1) return { id, base }
  findings.at([...at, what], {
    code: 'duplicate-id',
    message: `the plan has two ${what}s "${base}"`,
    hint: 'rename one of them',
  })
  return { id: `${id}~${times}`, base: `${base}~${times}` }
}

/** A resolved plan travels through histories, which take 2 MiB at a time. */
export function reportSize(steps: readonly StepResolution[], findings: Diagnostics): void {
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
    findings.at([...placed.draft.at, 'step'], {
      code: 'plan-too-large',
      message: `with ${placed.step}, ${what}`,
      hint: 'bring large files to the host in another way, or make two plans of it',
    })
    return
  }
}
