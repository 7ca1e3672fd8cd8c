import type { PhaseDraft, StepDraft } from './draft.ts'
import type { Findings } from './findings.ts'
import type { StepResolution } from './resolve-step.ts'

const MAX_STEPS = 200
const LIMIT_FILE_BYTES = 1024 * 1024
const LIMIT_BYTES = 1_800_000

/** Tells of ids that are there twice, and of phases with more steps than a workflow takes. */
export function reportDuplicates(phases: readonly PhaseDraft[], findings: Findings): void {
  const report = (drafts: readonly (PhaseDraft | StepDraft)[], what: 'phase' | 'step'): void => {
    const seen = new Set<string>()
    for (const { id, base, at } of drafts) {
      if (seen.has(id))
        findings.at([...at, what], { code: 'duplicate-id', message: `the plan has two ${what}s "${base}"` })
      seen.add(id)
    }
  }
  report(phases, 'phase')
  report(
    phases.flatMap(({ steps }) => steps),
    'step',
  )
  for (const { at, id, steps } of phases)
    if (steps.length > MAX_STEPS)
      findings.atKey([...at, 'steps'], {
        code: 'too-many-steps',
        message: `phase ${id} has ${steps.length} steps, and at most ${MAX_STEPS} are possible`,
        hint: 'make two phases of it',
      })
}

/** A resolved plan travels through histories, which take 2 MiB at a time. */
export function reportSize(steps: readonly StepResolution[], findings: Findings): void {
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
