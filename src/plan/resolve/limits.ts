import type { PhaseDraft, StepDraft } from './draft.ts'
import type { Diagnostics } from '../../diagnostics/diagnostics.ts'
import type { Path } from '../../diagnostics/places.ts'
import type { StepResolution } from './resolve-step.ts'

const MAX_STEPS = 200
const MAX_FILES_BYTES = 1024 * 1024
/** What a run adds to a step: its prior state, outputs, evidence and what was approved of it. */
const RUN_BYTES = 1024
/** The journal of a phase, which holds its steps (MAX_JOURNAL_BYTES in src/workflows/run-step.ts). */
const MAX_PHASE_BYTES = 1024 * 1024
/** The request of a rollback, which holds the journals of all phases. */
const MAX_PLAN_BYTES = 2 * 1024 * 1024
/** The events of a phase in the history of its run, and what a run shows of all steps at each change of a phase. */
const MAX_PHASES_TIMES_STEPS = 200_000

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

/**
 * Reports a plan that check would pass and a run could not carry. Temporal accepts 2 MiB in one payload, 4 MiB in one message
 * and 50 MiB in one history; beyond that a run cannot go on, nor be rolled back. Each step counts with RUN_BYTES.
 */
export function reportSize(
  phases: readonly { readonly draft: PhaseDraft; readonly steps: readonly StepResolution[] }[],
  inputs: Readonly<Record<string, string>>,
  diagnostics: Diagnostics,
): void {
  const report = (at: Path, message: string): void =>
    diagnostics.at(at, {
      code: 'plan-too-large',
      message,
      hint: 'bring large files to the host in another way, or split the plan',
    })
  let fileBytes = 0
  let planBytes = bytesOf(inputs)
  for (const { draft, steps } of phases) {
    let phaseBytes = 0
    for (const { fileBytes: ofStep, step, placed } of steps) {
      const bytes = bytesOf(step) + RUN_BYTES
      fileBytes += ofStep
      phaseBytes += bytes
      planBytes += bytes
      const over =
        fileBytes > MAX_FILES_BYTES
          ? `the files of the plan exceed ${MAX_FILES_BYTES} bytes`
          : phaseBytes > MAX_PHASE_BYTES
            ? `phase ${draft.id} and its journal may exceed ${MAX_PHASE_BYTES} bytes`
            : planBytes > MAX_PLAN_BYTES
              ? `the plan and its journal may exceed ${MAX_PLAN_BYTES} bytes`
              : undefined
      if (over !== undefined) return report([...placed.draft.at, 'step'], `with ${placed.step}, ${over}`)
    }
  }
  const count = phases.flatMap(({ steps }) => steps).length
  const last = phases.at(-1)?.draft
  if (last && phases.length * count > MAX_PHASES_TIMES_STEPS)
    report(
      [...last.at, 'phase'],
      `${phases.length} phases times ${count} steps exceed the limit of ${MAX_PHASES_TIMES_STEPS}`,
    )
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
