import { z } from 'zod'
import { StepRefused } from '../errors.ts'
import type { AnyStepKind, Json } from '../steps/step-kind.ts'

const kept = z.strictObject({ version: z.int().positive(), priorState: z.json() })

/** Adds the version of its shape to a prior state, for the journal. */
export function keep(kind: AnyStepKind, priorState: Json): Json {
  return { version: versionOf(kind), priorState }
}

/** Returns a journalled prior state in the shape of this worker's kind. @throws StepRefused where this worker cannot read it; never retried. */
export function restore(kind: AnyStepKind, journalled: Json): Json {
  const parsed = kept.safeParse(journalled)
  if (!parsed.success) throw new StepRefused(`the journal entry of kind ${kind.kind} cannot be read`)
  const { version, priorState } = parsed.data
  const today = versionOf(kind)
  if (version === today) return priorState
  if (version < today && kind.shape === 'change' && kind.priorStateSince)
    return kind.priorStateSince(version, priorState)
  throw new StepRefused(
    `the journal entry of kind ${kind.kind} has version ${version} and this worker reads ${today}; start a worker of the version that wrote it`,
  )
}

function versionOf(kind: AnyStepKind): number {
  return (kind.shape === 'change' ? kind.priorStateVersion : undefined) ?? 1
}
